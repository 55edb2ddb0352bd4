data "aws_iam_access_keys" "bob" {
  user       = aws_iam_user.bob.name
  depends_on = [aws_iam_access_key.bob, aws_iam_access_key.encrypted]
}

data "aws_iam_users" "people" {
  path_prefix = "/people/"
  depends_on  = [aws_iam_user.bob]
}

data "aws_iam_roles" "service" {
  name_regex  = "^dep.*"
  path_prefix = "/service/"
  depends_on  = [aws_iam_role.deploy]
}

data "aws_iam_instance_profiles" "of_role" {
  role_name  = aws_iam_instance_profile.deploy.role
  depends_on = [aws_iam_instance_profile.deploy]
}

data "aws_iam_openid_connect_provider" "ci" {
  url        = "https://ci.example.com"
  depends_on = [aws_iam_openid_connect_provider.ci]
}

data "aws_iam_user_ssh_key" "bob" {
  username          = aws_iam_user.bob.name
  ssh_public_key_id = aws_iam_user_ssh_key.bob.ssh_public_key_id
  encoding          = "PEM"
}

data "aws_iam_policy" "by_name" {
  name        = aws_iam_policy.read.name
  path_prefix = "/own/"
}

data "aws_iam_session_context" "deploy" {
  arn = "arn:aws:sts::${data.aws_caller_identity.current.account_id}:assumed-role/${aws_iam_role.deploy.name}/session"
}

data "aws_iam_principal_policy_simulation" "bob" {
  policy_source_arn = aws_iam_user.bob.arn
  action_names      = ["s3:GetObject"]
  resource_arns     = ["arn:aws:s3:::reports/bob/june.pdf"]

  context {
    key    = "aws:username"
    type   = "string"
    values = ["bob"]
  }

  depends_on = [
    aws_iam_user_policy.bob,
    aws_iam_user_policy_attachment.bob,
    aws_iam_policy_attachment.shared,
    aws_iam_user_group_membership.bob,
    aws_iam_group_policy.readers,
    aws_iam_group_policy_attachment.readers,
  ]
}

data "aws_caller_identity" "in_a_role" {
  provider = aws.in_a_role
}

output "access_keys" {
  value = length(data.aws_iam_access_keys.bob.access_keys)
}

output "people" {
  value = data.aws_iam_users.people.names
}

output "service_roles" {
  value = data.aws_iam_roles.service.names
}

output "profiles_of_role" {
  value = data.aws_iam_instance_profiles.of_role.names
}

output "provider_clients" {
  value = data.aws_iam_openid_connect_provider.ci.client_id_list
}

output "ssh_key" {
  value = startswith(data.aws_iam_user_ssh_key.bob.public_key, "-----BEGIN PUBLIC KEY-----")
}

output "policy_by_name" {
  value = data.aws_iam_policy.by_name.arn == aws_iam_policy.read.arn
}

output "session_issuer" {
  value = data.aws_iam_session_context.deploy.issuer_arn == aws_iam_role.deploy.arn
}

output "bob_may_read" {
  value = data.aws_iam_principal_policy_simulation.bob.all_allowed
}

output "users_of_readers" {
  value = data.aws_iam_group.readers.users[*].user_name
}

output "caller_in_a_role" {
  value = data.aws_caller_identity.in_a_role.arn
}
