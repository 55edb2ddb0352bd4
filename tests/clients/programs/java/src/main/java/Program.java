import java.util.function.Supplier;
import java.util.stream.Collectors;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.iam.model.AccessKey;
import software.amazon.awssdk.services.iam.model.EntityAlreadyExistsException;
import software.amazon.awssdk.services.iam.model.StatusType;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.model.AssumeRoleRequest;
import software.amazon.awssdk.services.sts.model.AssumeRoleResponse;

/** What the test of every SDK asks: see ../README.md. Usage: Program USER-NAME ROLE-ARN */
public final class Program {
    private static void say(String step, String key, String value) {
        // No value holds a character that JSON would escape: ARNs, statuses, codes and versions.
        System.out.printf("{\"step\": \"%s\", \"%s\": \"%s\"}%n", step, key, value);
    }

    /** Return the code of the error that a call must end with. */
    private static String code(Supplier<?> call) {
        try {
            call.get();
            return "no error";
        } catch (AwsServiceException error) {
            return error.awsErrorDetails().errorCode();
        }
    }

    private static String whoami(StsClient sts) {
        return sts.getCallerIdentity(request -> {}).arn();
    }

    private static String setStatus(IamClient iam, String user, String key, StatusType status) {
        iam.updateAccessKey(request -> request.userName(user).accessKeyId(key).status(status));
        return iam.listAccessKeys(request -> request.userName(user)).accessKeyMetadata().stream()
                .filter(entry -> entry.accessKeyId().equals(key))
                .map(entry -> entry.statusAsString())
                .collect(Collectors.joining(","));
    }

    public static void main(String[] arguments) {
        String user = arguments[0];
        String role = arguments[1];

        // Endpoint, region and credentials come from the environment; IAM has the one region of a global service.
        IamClient iam = IamClient.builder().region(Region.AWS_GLOBAL).build();
        StsClient sts = StsClient.create();
        say("client", "version", VersionInfo.SDK_VERSION);
        say("who-am-i", "arn", whoami(sts));

        say("create-user", "arn", iam.createUser(request -> request.userName(user)).user().arn());
        String again = "another error";
        try {
            iam.createUser(request -> request.userName(user));
        } catch (EntityAlreadyExistsException expected) {
            again = "EntityAlreadyExists";
        }
        say("create-user-again", "error", again);

        AccessKey key = iam.createAccessKey(request -> request.userName(user)).accessKey();
        AwsCredentialsProvider own = StaticCredentialsProvider.create(
                AwsBasicCredentials.create(key.accessKeyId(), key.secretAccessKey()));
        StsClient stsAsUser = StsClient.builder().credentialsProvider(own).build();
        IamClient iamAsUser = IamClient.builder().region(Region.AWS_GLOBAL).credentialsProvider(own).build();
        say("use-key", "arn", whoami(stsAsUser));
        say("act-without-policy", "error", code(() -> iamAsUser.listUsers()));
        say("deactivate", "status", setStatus(iam, user, key.accessKeyId(), StatusType.INACTIVE));
        say("use-inactive-key", "error", code(() -> whoami(stsAsUser)));
        say("activate", "status", setStatus(iam, user, key.accessKeyId(), StatusType.ACTIVE));
        say("use-key-again", "arn", whoami(stsAsUser));

        AssumeRoleRequest parameters =
                AssumeRoleRequest.builder().roleArn(role).roleSessionName("program").build();
        AssumeRoleResponse assumed = sts.assumeRole(parameters);
        say("assume-role", "arn", assumed.assumedRoleUser().arn());
        AwsCredentialsProvider temporary = StaticCredentialsProvider.create(AwsSessionCredentials.create(
                assumed.credentials().accessKeyId(),
                assumed.credentials().secretAccessKey(),
                assumed.credentials().sessionToken()));
        StsClient stsAsRole = StsClient.builder().credentialsProvider(temporary).build();
        say("who-am-i-as-role", "arn", whoami(stsAsRole));
        say("assume-role-without-policy", "error", code(() -> stsAsUser.assumeRole(parameters)));

        iam.deleteAccessKey(request -> request.userName(user).accessKeyId(key.accessKeyId()));
        say("use-deleted-key", "error", code(() -> whoami(stsAsUser)));
        iam.deleteUser(request -> request.userName(user));
        say("get-deleted-user", "error", code(() -> iam.getUser(request -> request.userName(user))));
    }
}
