"""The command `iamd catalogue`: how the gateway turns the operations of a service into actions and resources."""

import sys

import click

from iamd.cli.output import Output, output_options


@click.command(short_help="Print which actions and resources the gateway asks for.")
@output_options
@click.option("--unmapped", is_flag=True, help="Print only operations that no action is known for.")
@click.argument("service")
def command(service: str, output: Output, *, unmapped: bool) -> None:
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
    if output.takes(msgspec.to_builtins(rows)):
        return
    for row in rows:
        click.echo(f"{row.operation}: {', '.join(row.actions) or 'not mapped'}")
        for template in row.resources:
            click.echo(f"    {template}")
    if sys.stdout.isatty():
        mapped = sum(bool(row.actions) for row in rows)
        click.echo(f"{mapped} of {len(rows)} operations have actions.", err=True)
