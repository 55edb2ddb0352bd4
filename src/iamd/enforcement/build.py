"""The gateway, put together; `iamd.assemble` says of what."""

from collections.abc import Callable, Sequence

from iamd.clock import Clock
from iamd.enforcement.buckets import Buckets
from iamd.enforcement.check import Checker
from iamd.enforcement.existing_tags import ExistingTags
from iamd.enforcement.forms.road import FormRoad
from iamd.enforcement.forward import Sender
from iamd.enforcement.gateway import Gateway
from iamd.enforcement.inquiries import Inquiries
from iamd.enforcement.mapping.mapper import Mapper
from iamd.enforcement.s3_road import S3Road
from iamd.enforcement.upstream_policies import UpstreamPolicies
from iamd.enforcement.upstreams import Upstream, Upstreams


def build_gateway(
    upstreams: Sequence[Upstream],
    checker: Checker,
    *,
    clock: Clock,
    new_id: Callable[[], str],
    account_id: str,
    region: str,
    s3_domain: str,
    soft: bool,
) -> Gateway:
    """
    Return the gateway in front of *upstreams*.

    Args:
        upstreams: In the order in which they are tried.
        checker: Answers who asks, and whether they may.
        clock: The time.
        new_id: Makes request ids.
        account_id: The server's own.
        region: Of requests that name none.
        s3_domain: Below which each bucket is a host of its own.
        soft: Note what is not allowed, and let it through.
    """
    known = Upstreams(upstreams)
    mapping, sender = Mapper(clock.now), Sender()
    inquiries = Inquiries(sender, clock, region)
    policies = UpstreamPolicies(inquiries, clock.monotonic)
    of_s3 = S3Road(
        checker=checker,
        buckets=Buckets(known, account_id, policies),
        inquiries=inquiries,
        remembered=policies,
        tags=ExistingTags(checker, inquiries),
        now=clock.now,
    )
    of_forms = FormRoad(
        checker=checker,
        mapping=mapping,
        of_s3=of_s3,
        upstreams=known,
        real=clock.real,
        account_id=account_id,
        region=region,
    )
    return Gateway(
        upstreams=known,
        checker=checker,
        mapping=mapping,
        clock=clock,
        new_id=new_id,
        sender=sender,
        of_s3=of_s3,
        of_forms=of_forms,
        account_id=account_id,
        region=region,
        host_suffixes=(s3_domain.encode(),),
        soft=soft,
    )
