# frozen_string_literal: true

# What the test of every SDK asks: see ../README.md.  Usage: program.rb USER-NAME ROLE-ARN
#
# Debian packages STS of the SDK's version 3 (aws-sdk-core) but not its IAM (aws-sdk-iam), and version 1, which has IAM.

require "json"
require "uri"
require "aws-sdk-core"
require "aws-sdk-v1"

def say(step, **values)
  puts JSON.generate({ step: step, **values })
end

# The code of the error that the block must end with.
def code
  yield
  "no error"
rescue Aws::Errors::ServiceError, AWS::Errors::Base => e
  e.code
end

ENDPOINT = URI(ENV.fetch("AWS_ENDPOINT_URL"))

# Neither version reads AWS_ENDPOINT_URL by itself.
def sts(**options)
  Aws::STS::Client.new(endpoint: ENDPOINT.to_s, **options)
end

def iam(**options)
  AWS::IAM::Client.new(iam_endpoint: ENDPOINT.host, iam_port: ENDPOINT.port, use_ssl: false, **options)
end

def status(client, user, key)
  entries = client.list_access_keys(user_name: user)[:access_key_metadata]
  entries.select { |entry| entry[:access_key_id] == key }.map { |entry| entry[:status] }.join(",")
end

user, role = ARGV
admin = iam
session = sts
say "client", version: "#{Aws::CORE_GEM_VERSION} (STS), #{AWS::VERSION} (IAM)"
say "who-am-i", arn: session.get_caller_identity.arn

say "create-user", arn: admin.create_user(user_name: user)[:user][:arn]
again = begin
  admin.create_user(user_name: user)
  "no error"
rescue AWS::IAM::Errors::EntityAlreadyExists
  "EntityAlreadyExists"
end
say "create-user-again", error: again

made = admin.create_access_key(user_name: user)[:access_key]
key = made[:access_key_id]
own = { access_key_id: key, secret_access_key: made[:secret_access_key] }
sts_as_user = sts(**own)
say "use-key", arn: sts_as_user.get_caller_identity.arn
say "act-without-policy", error: code { iam(**own).list_users }
admin.update_access_key(user_name: user, access_key_id: key, status: "Inactive")
say "deactivate", status: status(admin, user, key)
say "use-inactive-key", error: code { sts_as_user.get_caller_identity }
admin.update_access_key(user_name: user, access_key_id: key, status: "Active")
say "activate", status: status(admin, user, key)
say "use-key-again", arn: sts_as_user.get_caller_identity.arn

parameters = { role_arn: role, role_session_name: "program" }
say "assume-role", arn: session.assume_role(**parameters).assumed_role_user.arn
as_role = sts(credentials: Aws::AssumeRoleCredentials.new(client: session, **parameters))
say "who-am-i-as-role", arn: as_role.get_caller_identity.arn
say "assume-role-without-policy", error: code { sts_as_user.assume_role(**parameters) }

admin.delete_access_key(user_name: user, access_key_id: key)
say "use-deleted-key", error: code { sts_as_user.get_caller_identity }
admin.delete_user(user_name: user)
say "get-deleted-user", error: code { admin.get_user(user_name: user) }
