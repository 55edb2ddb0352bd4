// What the test of every SDK asks: see ../README.md.  Usage: program [USER-NAME ROLE-ARN]
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"os"
	"runtime/debug"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

var ctx = context.Background()

func say(step, key, value string) {
	if err := json.NewEncoder(os.Stdout).Encode(map[string]string{"step": step, key: value}); err != nil {
		log.Fatal(err)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// code returns the code of the error that a call must end with.
func code(_ any, err error) string {
	var api smithy.APIError
	switch {
	case err == nil:
		return "no error"
	case errors.As(err, &api):
		return api.ErrorCode()
	default:
		return err.Error()
	}
}

func whoami(client *sts.Client) string {
	return aws.ToString(must(client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})).Arn)
}

func setStatus(client *iam.Client, user, key *string, status types.StatusType) string {
	must(client.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: user, AccessKeyId: key, Status: status}))
	listed := ""
	for _, entry := range must(client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: user})).AccessKeyMetadata {
		if aws.ToString(entry.AccessKeyId) == *key {
			listed += string(entry.Status)
		}
	}
	return listed
}

// version returns the version of the SDK's core as the build recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/aws/aws-sdk-go-v2" {
				return module.Version
			}
		}
	}
	return "unknown"
}

func main() {
	// Endpoint, region and credentials come from the environment.
	cfg := must(config.LoadDefaultConfig(ctx))
	admin, session := iam.NewFromConfig(cfg), sts.NewFromConfig(cfg)
	say("client", "version", version())
	say("who-am-i", "arn", whoami(session))
	if len(os.Args) == 1 {
		return
	}
	user, role := aws.String(os.Args[1]), aws.String(os.Args[2])

	created := must(admin.CreateUser(ctx, &iam.CreateUserInput{UserName: user}))
	say("create-user", "arn", aws.ToString(created.User.Arn))
	_, err := admin.CreateUser(ctx, &iam.CreateUserInput{UserName: user})
	var exists *types.EntityAlreadyExistsException
	if errors.As(err, &exists) {
		say("create-user-again", "error", "EntityAlreadyExists")
	} else {
		say("create-user-again", "error", "another error")
	}

	key := must(admin.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: user})).AccessKey
	own := cfg.Copy()
	own.Credentials = credentials.NewStaticCredentialsProvider(*key.AccessKeyId, *key.SecretAccessKey, "")
	iamAsUser, stsAsUser := iam.NewFromConfig(own), sts.NewFromConfig(own)
	say("use-key", "arn", whoami(stsAsUser))
	say("act-without-policy", "error", code(iamAsUser.ListUsers(ctx, &iam.ListUsersInput{})))
	say("deactivate", "status", setStatus(admin, user, key.AccessKeyId, types.StatusTypeInactive))
	say("use-inactive-key", "error", code(stsAsUser.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})))
	say("activate", "status", setStatus(admin, user, key.AccessKeyId, types.StatusTypeActive))
	say("use-key-again", "arn", whoami(stsAsUser))

	parameters := &sts.AssumeRoleInput{RoleArn: role, RoleSessionName: aws.String("program")}
	assumed := must(session.AssumeRole(ctx, parameters))
	say("assume-role", "arn", aws.ToString(assumed.AssumedRoleUser.Arn))
	asRole := cfg.Copy()
	asRole.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(session, *role,
		func(options *stscreds.AssumeRoleOptions) { options.RoleSessionName = "program" }))
	say("who-am-i-as-role", "arn", whoami(sts.NewFromConfig(asRole)))
	say("assume-role-without-policy", "error", code(stsAsUser.AssumeRole(ctx, parameters)))

	must(admin.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: user, AccessKeyId: key.AccessKeyId}))
	say("use-deleted-key", "error", code(stsAsUser.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})))
	must(admin.DeleteUser(ctx, &iam.DeleteUserInput{UserName: user}))
	say("get-deleted-user", "error", code(admin.GetUser(ctx, &iam.GetUserInput{UserName: user})))
}
