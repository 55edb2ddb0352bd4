"use strict";

// What the test of every SDK asks, with the AWS SDK for JavaScript, version 3.  Usage: v3.js USER-NAME ROLE-ARN

const {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  EntityAlreadyExistsException,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListUsersCommand,
  UpdateAccessKeyCommand,
} = require("@aws-sdk/client-iam");
const { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } = require("@aws-sdk/client-sts");
const { fromTemporaryCredentials } = require("@aws-sdk/credential-providers");
const { say, code } = require("./report.js");

async function main(user, role) {
  // Endpoint, region and credentials come from the environment.
  const iam = new IAMClient({});
  const sts = new STSClient({});
  say("client", { version: require("@aws-sdk/client-sts/package.json").version });

  const whoami = async (client) => (await client.send(new GetCallerIdentityCommand({}))).Arn;
  say("who-am-i", { arn: await whoami(sts) });

  const created = await iam.send(new CreateUserCommand({ UserName: user }));
  say("create-user", { arn: created.User.Arn });
  const again = await iam.send(new CreateUserCommand({ UserName: user })).catch((error) => error);
  const typed = again instanceof EntityAlreadyExistsException;
  say("create-user-again", { error: typed ? "EntityAlreadyExists" : "another error" });

  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: user }));
  const credentials = { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey };
  const stsAsUser = new STSClient({ credentials });
  const iamAsUser = new IAMClient({ credentials });
  const setStatus = async (status) => {
    const parameters = { AccessKeyId: key.AccessKeyId, Status: status, UserName: user };
    await iam.send(new UpdateAccessKeyCommand(parameters));
    const { AccessKeyMetadata: keys } = await iam.send(new ListAccessKeysCommand({ UserName: user }));
    return keys.filter((entry) => entry.AccessKeyId === key.AccessKeyId).map((entry) => entry.Status).join();
  };
  say("use-key", { arn: await whoami(stsAsUser) });
  say("act-without-policy", { error: await code(iamAsUser.send(new ListUsersCommand({}))) });
  say("deactivate", { status: await setStatus("Inactive") });
  say("use-inactive-key", { error: await code(whoami(stsAsUser)) });
  say("activate", { status: await setStatus("Active") });
  say("use-key-again", { arn: await whoami(stsAsUser) });

  const parameters = { RoleArn: role, RoleSessionName: "program" };
  const assumed = await sts.send(new AssumeRoleCommand(parameters));
  say("assume-role", { arn: assumed.AssumedRoleUser.Arn });
  const stsAsRole = new STSClient({ credentials: fromTemporaryCredentials({ params: parameters }) });
  say("who-am-i-as-role", { arn: await whoami(stsAsRole) });
  const refused = stsAsUser.send(new AssumeRoleCommand(parameters));
  say("assume-role-without-policy", { error: await code(refused) });

  await iam.send(new DeleteAccessKeyCommand({ AccessKeyId: key.AccessKeyId, UserName: user }));
  say("use-deleted-key", { error: await code(whoami(stsAsUser)) });
  await iam.send(new DeleteUserCommand({ UserName: user }));
  say("get-deleted-user", { error: await code(iam.send(new GetUserCommand({ UserName: user }))) });
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
