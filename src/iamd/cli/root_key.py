"""The command `iamd root-key`: a way in where nobody has one any more."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from iamd.cli.databases import loaded_settings, the_database
from iamd.cli.options import config_option
from iamd.cli.own_files import root_credentials, write_own

if TYPE_CHECKING:
    from iamd.settings import Settings


@click.command(
    name="root-key", short_help="Make an access key of the root user, where nobody has one any more."
)
@config_option
@click.option(
    "--account-id", metavar="ID", help="Whose root user.  [default: that of the server's own account]"
)
@click.option("--instead-of", metavar="KEY-ID", help="An access key of the root user that is deleted for it.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def command(config: Path | None, account_id: str | None, instead_of: str | None, file: Path) -> None:
    """
    Make an access key of the root user, for whoever has lost the last one, or that of the last administrator.

    Nobody has to be signed in: whoever may read the configuration, the master key and the database may do this. The server may
    run meanwhile. The key goes to FILE, which AWS's tools read, and nothing secret is printed; the audit trail tells of it.
    """
    settings = loaded_settings(config).settings
    with the_database(settings):
        pass  # It is there, and so is its master key.
    if file.exists():
        raise click.ClickException(f"`{file}` is there already, and is not overwritten")
    account_id = account_id or settings.account_id
    # Of an installation that there is: no account is made, whatever the settings have for a first start.
    known = replace(settings, audit_stdout=False, root_access_key_id=None, root_secret_access_key=None)
    access_key_id = _make(known, account_id, instead_of, file)
    click.echo(f"{file}: access key {access_key_id} of the root user of account {account_id}")
    click.echo(f"  export AWS_SHARED_CREDENTIALS_FILE={file.absolute()}")
    click.echo("Make an administrator with it, then delete it: aws iam delete-access-key")
    if settings.audit_stdout:
        click.echo("The trail that servers write to their standard output tells nothing of this.", err=True)


def _make(settings: "Settings", account_id: str, instead_of: str | None, file: Path) -> str:
    from iamd.assemble import Application
    from iamd.audit.trail import TrailBlockedError
    from iamd.domain.ids import AccountId
    from iamd.exchange.strict_yaml import FileFormatError
    from iamd.root_keys import RootKeyError, make_root_key
    from iamd.settings import SettingsError
    from iamd.store.errors import StoreError

    try:
        # Seen first: a key that could not be written down would be in the way.
        write_own(file, "")
        file.unlink()
        application = Application(settings, makes_root_key=False)
        try:
            access_key_id, secret = make_root_key(application, AccountId(account_id), instead_of)
        finally:
            application.close()
        write_own(file, root_credentials(access_key_id, secret, settings.region))
    except OSError as error:
        raise click.ClickException(f"`{file}`: {error.strerror}") from None
    except TrailBlockedError as error:
        raise click.ClickException(f"the audit trail cannot be written: {error.detail}") from None
    except (RootKeyError, SettingsError, StoreError, FileFormatError) as error:
        raise click.ClickException(str(error)) from None
    return access_key_id
