"use strict";

// What the test of every SDK asks, with the AWS SDK for JavaScript, version 2.  Usage: v2.js USER-NAME ROLE-ARN

const AWS = require("aws-sdk");
const { say, code } = require("./report.js");

async function main(user, role) {
  // Version 2 does not read AWS_ENDPOINT_URL by itself.
  AWS.config.update({ endpoint: process.env.AWS_ENDPOINT_URL, region: process.env.AWS_REGION });
  say("client", { version: AWS.VERSION });

  const iam = new AWS.IAM();
  const sts = new AWS.STS();
  const whoami = async (client) => (await client.getCallerIdentity().promise()).Arn;
  say("who-am-i", { arn: await whoami(sts) });

  const created = await iam.createUser({ UserName: user }).promise();
  say("create-user", { arn: created.User.Arn });
  const again = iam.createUser({ UserName: user }).promise();
  say("create-user-again", { error: await code(again) });

  const { AccessKey: key } = await iam.createAccessKey({ UserName: user }).promise();
  const credentials = new AWS.Credentials(key.AccessKeyId, key.SecretAccessKey);
  const stsAsUser = new AWS.STS({ credentials });
  const iamAsUser = new AWS.IAM({ credentials });
  const setStatus = async (status) => {
    await iam.updateAccessKey({ AccessKeyId: key.AccessKeyId, Status: status, UserName: user }).promise();
    const { AccessKeyMetadata: keys } = await iam.listAccessKeys({ UserName: user }).promise();
    return keys.filter((entry) => entry.AccessKeyId === key.AccessKeyId).map((entry) => entry.Status).join();
  };
  say("use-key", { arn: await whoami(stsAsUser) });
  say("act-without-policy", { error: await code(iamAsUser.listUsers().promise()) });
  say("deactivate", { status: await setStatus("Inactive") });
  say("use-inactive-key", { error: await code(whoami(stsAsUser)) });
  say("activate", { status: await setStatus("Active") });
  say("use-key-again", { arn: await whoami(stsAsUser) });

  const parameters = { RoleArn: role, RoleSessionName: "program" };
  const assumed = await sts.assumeRole(parameters).promise();
  say("assume-role", { arn: assumed.AssumedRoleUser.Arn });
  const stsAsRole = new AWS.STS({ credentials: sts.credentialsFrom(assumed) });
  say("who-am-i-as-role", { arn: await whoami(stsAsRole) });
  const refused = stsAsUser.assumeRole(parameters).promise();
  say("assume-role-without-policy", { error: await code(refused) });

  await iam.deleteAccessKey({ AccessKeyId: key.AccessKeyId, UserName: user }).promise();
  say("use-deleted-key", { error: await code(whoami(stsAsUser)) });
  await iam.deleteUser({ UserName: user }).promise();
  say("get-deleted-user", { error: await code(iam.getUser({ UserName: user }).promise()) });
}

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
