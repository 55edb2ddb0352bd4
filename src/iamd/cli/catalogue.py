"""The command `iamd catalogue`: how the gateway turns the operations of a service into actions and resources."""

import sys

import click


@click.command(short_help="Print which actions and resources the gateway asks for.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of objects, as JSON.")
@click.option("--unmapped", is_flag=True, help="Print only operations that no action is known for.")
@click.argument("service")
def command(service: str, *, as_json: bool, unmapped: bool) -> None:
    """
    Print which actions and resources the gateway asks for.

    SERVICE is a name that requests are signed for, or that the AWS CLI knows: s3, dynamodb, stepfunctions. An operation
    without actions is refused by the gateway. Of the resources, those are asked for that a request names.

    \b
    iamd catalogue sqs
    iamd catalogue ec2 --unmapped
    """  # noqa: D301  \b is click's mark for lines to leave as they are
    import msgspec

    from iamd.enforcement.mapping.listing import rows_of

    rows = list(rows_of(service))
    if not rows:
        raise click.ClickException(f"`{service}` is no service of AWS that is known here")
    rows = [row for row in rows if not unmapped or not row.actions]
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(rows)).decode())
        return
    for row in rows:
        click.echo(f"{row.operation}: {', '.join(row.actions) or 'not mapped'}")
        for template in row.resources:
            click.echo(f"    {template}")
    if sys.stdout.isatty():
        mapped = sum(bool(row.actions) for row in rows)
        click.echo(f"{mapped} of {len(rows)} operations have actions.", err=True)
