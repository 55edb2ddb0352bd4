//! What the test of every SDK asks: see ../README.md.  Usage: iamd-client-program USER-NAME ROLE-ARN

use aws_config::BehaviorVersion;
use aws_sdk_iam::error::ProvideErrorMetadata;
use aws_sdk_iam::types::StatusType;
use aws_sdk_sts::config::Credentials;
use aws_smithy_http_client::tls::{rustls_provider::CryptoMode, Provider};
use aws_smithy_http_client::Builder;
use serde_json::{json, Value};
use std::error::Error;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn say(step: &str, key: &str, value: impl Into<Value>) {
    println!("{}", json!({"step": step, key: value.into()}));
}

/// Return the code of the error that a call must end with.
fn code<T, E: ProvideErrorMetadata>(result: Result<T, E>) -> String {
    match result {
        Ok(_) => "no error".to_string(),
        Err(error) => error.code().unwrap_or("no code").to_string(),
    }
}

async fn whoami(sts: &aws_sdk_sts::Client) -> Outcome<String> {
    Ok(sts.get_caller_identity().send().await?.arn().unwrap_or_default().to_string())
}

async fn set_status(iam: &aws_sdk_iam::Client, user: &str, key: &str, status: StatusType) -> Outcome<String> {
    iam.update_access_key().user_name(user).access_key_id(key).status(status).send().await?;
    let keys = iam.list_access_keys().user_name(user).send().await?;
    let listed: Vec<String> = keys
        .access_key_metadata()
        .iter()
        .filter(|entry| entry.access_key_id() == Some(key))
        .filter_map(|entry| entry.status().map(|status| status.as_str().to_string()))
        .collect();
    Ok(listed.join(","))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let (user, role) = (arguments[1].as_str(), arguments[2].as_str());

    // Endpoint, region and credentials come from the environment.
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await;
    let iam = aws_sdk_iam::Client::new(&config);
    let sts = aws_sdk_sts::Client::new(&config);
    let sts_of = |credentials: Credentials| {
        let own = aws_sdk_sts::config::Builder::from(&config).credentials_provider(credentials).build();
        aws_sdk_sts::Client::from_conf(own)
    };
    say("client", "version", aws_sdk_sts::meta::PKG_VERSION);

    say("who-am-i", "arn", whoami(&sts).await?);

    let created = iam.create_user().user_name(user).send().await?;
    say("create-user", "arn", created.user().ok_or("no user")?.arn());
    let again = iam.create_user().user_name(user).send().await.map_err(|error| error.into_service_error());
    let typed = matches!(&again, Err(error) if error.is_entity_already_exists_exception());
    say("create-user-again", "error", if typed { "EntityAlreadyExists" } else { "another error" });

    let made = iam.create_access_key().user_name(user).send().await?;
    let key = made.access_key().ok_or("no access key")?;
    let (id, secret) = (key.access_key_id(), key.secret_access_key());
    let as_user = sts_of(Credentials::new(id, secret, None, None, "program"));
    let own = aws_sdk_iam::config::Builder::from(&config)
        .credentials_provider(Credentials::new(id, secret, None, None, "program"))
        .build();
    let iam_as_user = aws_sdk_iam::Client::from_conf(own);
    say("use-key", "arn", whoami(&as_user).await?);
    say("act-without-policy", "error", code(iam_as_user.list_users().send().await));
    say("deactivate", "status", set_status(&iam, user, id, StatusType::Inactive).await?);
    say("use-inactive-key", "error", code(as_user.get_caller_identity().send().await));
    say("activate", "status", set_status(&iam, user, id, StatusType::Active).await?);
    say("use-key-again", "arn", whoami(&as_user).await?);

    let assumed = sts.assume_role().role_arn(role).role_session_name("program").send().await?;
    say("assume-role", "arn", assumed.assumed_role_user().ok_or("no assumed role user")?.arn());
    let temporary = assumed.credentials().ok_or("no credentials")?;
    let as_role = sts_of(Credentials::new(
        temporary.access_key_id(),
        temporary.secret_access_key(),
        Some(temporary.session_token().to_string()),
        None,
        "program",
    ));
    say("who-am-i-as-role", "arn", whoami(&as_role).await?);
    let refused = as_user.assume_role().role_arn(role).role_session_name("program").send().await;
    say("assume-role-without-policy", "error", code(refused));

    iam.delete_access_key().user_name(user).access_key_id(id).send().await?;
    say("use-deleted-key", "error", code(as_user.get_caller_identity().send().await));
    iam.delete_user().user_name(user).send().await?;
    say("get-deleted-user", "error", code(iam.get_user().user_name(user).send().await));
    Ok(())
}
