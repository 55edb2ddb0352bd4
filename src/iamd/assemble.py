"""
The composition root: everything is built here, once, and passed down.

Nothing else reads the settings, and nothing finds its parts by itself.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from iamd.auth.authenticate import Authenticator
from iamd.auth.authorization_messages import AuthorizationMessages
from iamd.auth.caller import long_term_caller
from iamd.auth.decisions import begin_decision_log
from iamd.auth.denial import Denials
from iamd.auth.mfa_attempts import MfaAttempts
from iamd.auth.passwords import Cost, Passwords
from iamd.auth.schemes.console import ConsoleScheme
from iamd.auth.schemes.live_sessions import LiveSessions
from iamd.auth.schemes.saml import SamlScheme
from iamd.auth.schemes.sigv4 import SigV4Scheme
from iamd.auth.schemes.web_identity import WebIdentityScheme
from iamd.auth.shared_attempts import SharedAttempts
from iamd.auth.sign_in_attempts import SignInAttempts
from iamd.background import Background, Delivery, Presence, forget_what_is_too_old
from iamd.catalogue.managed_policies import AwsManagedPolicies, partner_policy
from iamd.clock import Clock, SystemClock
from iamd.console.door import Console
from iamd.console.make import make_console
from iamd.console.places import Places
from iamd.directory.directory import Directory
from iamd.directory.lease import Contact, Lease
from iamd.directory.load import Compiler, Loader, Need
from iamd.directory.sealing_keys import KeyringKeeper
from iamd.directory.snapshots import PrincipalSnapshot
from iamd.domain.access_keys import PREFIX, AccessKey
from iamd.domain.accounts import Account
from iamd.domain.ids import AccessKeyId, AccountId, Ids
from iamd.domain.role_templates import RoleTemplates
from iamd.enforcement.decide import Decider, decide_route
from iamd.enforcing import build_doors, build_gateway, build_servers_beside
from iamd.exchange.door import Exchange
from iamd.exchange.endpoint_routes import read_endpoint_routes
from iamd.exchange.notification_channels import Channels
from iamd.exchange.plant import PlantedKey, Planter
from iamd.exchange.product_providers import Registrations, read_product_providers
from iamd.exchange.role_templates import read_role_templates
from iamd.exchange.seed_files import Seed, read_seeds
from iamd.exchange.staging import Staging
from iamd.following import Follower
from iamd.opening import open_store
from iamd.operations import registry
from iamd.operations.as_root import AsRoot
from iamd.operations.by_handler import ByHandler
from iamd.operations.call import Tools
from iamd.operations.delegation_notices import Courier
from iamd.operations.markers import Markers
from iamd.operations.public_url import PublicUrl
from iamd.operations.trust_map import TrustMap
from iamd.operations.usage import Usage
from iamd.parts import Parts
from iamd.pipeline import Pipeline
from iamd.sessions.identity_tokens import TokenSigner
from iamd.sessions.rotation import Rotation
from iamd.settings import Settings
from iamd.store.errors import StoreError
from iamd.store.interface import Change, ChangeKind, Store, Transaction
from iamd.watch import begin_limits, begin_metrics, begin_tracer, begin_trail, end_trail, record_refusal

if TYPE_CHECKING:
    from iamd.enforcement.check import Checker
    from iamd.exchange.identity_providers import IdentityProviders
    from iamd.federation.saml_responses import SamlResponses
    from iamd.federation.web_identities import WebIdentities


_MOST_NOTES = 20
"""How much of what a seed leaves out is told at a start."""

_log = structlog.get_logger("iamd")


class Application:
    """
    iamd, ready to answer.

    Attributes:
        root_access_key: The first access key of the root of the settings' account; None when it has none.
        planted: The access keys that the seed has made, if this start has planted it.
        courier: Tells product providers what became of their delegation requests.
        delivery: Has it done all the time.
        lease: Says how it stands with the database.
        decision_points: The pages that other services ask for decisions.
        presence: Says what this process is, to those that share its database.
        beside: Servers of other protocols than HTTP.
        console: The pages for browsers.
        trust_map: Tells who may become whom.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        ids: Ids | None = None,
        store: Store | None = None,
        catalogue: AwsManagedPolicies | None = None,
        password_cost: Cost | None = None,
        makes_root_key: bool = True,
    ) -> None:
        """
        Build everything.

        Args:
            settings: What the operator wants.
            clock: The machine's when None.
            ids: Chance from the operating system when None.
            store: Opened as the settings say when None.
            catalogue: Found among the installed packages when None.
            password_cost: What hashing a password costs; what the RFC recommends when None.
            makes_root_key: Whether an empty database gets a root access key that the settings do not name: somebody must
                be told of it.  If not, and they name none, it is left empty: a backup may be to come.

        Raises:
            FileFormatError: The seed cannot be planted, and nothing of it is; or another file cannot be read.
            SettingsError: A setting needs what is not installed.
            StoreError: The database cannot be opened.
        """
        self.settings = settings
        self.clock = clock or SystemClock()
        self.ids = ids or Ids()
        self._password_cost = password_cost
        self._makes_root_key = makes_root_key
        self._registrations = _registrations(settings)
        self._role_templates = _role_templates(settings)
        self._catalogue = (catalogue or AwsManagedPolicies.load()).with_partners(
            partner_policy(each.arn, each.document, each.created_at)
            for each in self._registrations.boundaries
        )
        self._seed = read_seeds(settings.seed) if settings.seed else None
        self._identity_providers = _identity_providers(settings)
        self._endpoint_routes = read_endpoint_routes(settings.vpc_endpoint_routes)
        first_key = makes_root_key or settings.root_access_key_id is not None
        self.store = store or open_store(settings, self.ids, new=first_key)
        try:
            self._build()
        except BaseException:
            self.store.close()
            raise

    def _build(self) -> None:
        settings = self.settings
        self.planted: list[PlantedKey] = []
        self.root_access_key: AccessKey | None = None

        self.sealing_keys = KeyringKeeper(
            self.store, Rotation(settings.rotation_interval()), self.clock, self.ids
        )
        self.keyring = self.sealing_keys.keyring
        self._compile = Compiler()
        self.lease = Lease(self.clock, settings.database_lease_seconds, self.store.wake)
        self.directory = self._make_directory()
        self.tools = Tools(
            catalogue=self._catalogue,
            keyring=self.keyring,
            ids=self.ids,
            markers=Markers(self.keyring),
            usage=Usage(),
            mfa_attempts=MfaAttempts(),
            passwords=Passwords(self._password_cost),
            private_issuers=settings.allow_private_issuers,
            product_providers=self._registrations.providers,
            role_templates=self._role_templates,
            public_url=PublicUrl(settings.public_url, settings.host, settings.port, settings.scheme),
            token_signer=TokenSigner(),
        )
        self._registry = registry.load()
        self._make_schemes()
        self.trail = begin_trail(settings, self.store, self.clock, self.ids)
        self.pipeline = self._make_pipeline()
        operations = ByHandler(self._registry)
        self.trust_map = TrustMap(operations)
        staging = Staging(self.clock.monotonic, self.ids.uuid)
        self.exchange = Exchange(self.pipeline, staging, operations, self.root_of)
        self.console = self._make_console()
        self.gateway = build_gateway(settings, self._make_checker, self.clock, self.ids)
        self._decider = Decider(self._compile, self._parts.denials)
        find_url = self.tools.public_url.find
        self._doors = build_doors(settings, self._make_checker, self._decider, find_url, self.clock, self.ids)
        self.decision_points = {
            **decide_route(self.pipeline, self._decider),
            **(self._doors.routes() if self._doors else {}),
        }
        self.beside = build_servers_beside(settings, self._doors)
        self._follow_changes()
        self.store.write(self._first_start).result()
        # Another node may have started first; the keys that are stored are the ones that hold.
        self.sealing_keys.refresh()
        self._follower = Follower(self.store, self.lease, self.clock)
        self._begin_background()
        destinations = self._registrations.destinations
        self.courier = Courier(
            self.store, self.keyring, self.ids, self.clock, Channels(destinations, self.clock).deliver
        )
        self.delivery = Delivery(self.courier, self.clock, sends=bool(destinations))

    def _begin_background(self) -> None:
        self.presence = Presence(
            self.ids.uuid(),
            self.clock,
            lambda: self.directory.epoch,
            lambda: self.lease.contact is Contact.OK,
            shared=self.settings.database_url is not None,
        )
        self._background = Background(
            self.store, self.tools.usage, self.sealing_keys, self.clock, self.ids, self.presence
        )

    def reset(self) -> None:
        """
        Forget everything that clients have made, and start again from the seed; for development.

        The root's access key stays, and so do those of the seed, so that whoever has their credentials can go on.
        """

        def job(transaction: Transaction) -> None:
            transaction.erase()
            self._first_start(transaction)

        self.store.write(job).result()
        self.directory.clear()
        self._sigv4.signing_keys.clear()
        self.tools.usage.clear()
        self.tools.mfa_attempts.clear()
        self._sign_in_attempts.clear()
        self.pipeline.decisions.clear()

    def root_link(self) -> str:
        """
        Return the path of a link that signs the root user in to the console, once; to be shown to the operator alone.

        Raises:
            ValueError: The root has no access key, or the server's account is closed.
        """
        key = self.root_access_key
        account_id = self.settings.account_id
        root = self.directory.load(Need("root", account_id))
        if key is None or not isinstance(root, PrincipalSnapshot):
            raise ValueError(f"the root of account {account_id} has no access key")
        caller = long_term_caller(root, key.access_key_id, self.settings.region)
        return self.console.links.location(self.console.links.token_of(caller)).decode()

    @property
    def listeners(self) -> Sequence[tuple[str, int]]:
        """Addresses and ports to listen on besides those of the settings."""
        own = self.settings.host, self.settings.port
        return tuple(each for each in self._endpoint_routes.listeners() if each != own)

    def note_refusal(self, peer: str, status: int, code: str, message: str, *, request_id: str) -> None:
        """Count and record what the door has refused, before it was a request; of many at once not each."""
        if self.metrics is not None:
            self.metrics.refused(status)
        record_refusal(
            self.trail,
            self.clock.real(),
            peer=peer,
            status=status,
            code=code,
            message=message,
            request_id=request_id,
        )

    def close(self) -> None:
        """Write down what is only in memory, and let go of everything."""
        self._background.stop()
        self._follower.stop()
        self.delivery.stop()
        if self._doors is not None:
            self._doors.close()
        self._web_identity.close()
        self._saml.close()
        self.pipeline.close()
        if self.tracer is not None:
            self.tracer.close()
        end_trail(self.trail, self.settings, self.clock, self.ids)
        self.store.close()

    def _make_directory(self) -> Directory:
        loader = Loader(self._catalogue, self._compile)
        most = self.settings.remembered_principals
        return Directory(self.store, loader, most, sealing_keys=self.sealing_keys, lease=self.lease)

    def _make_schemes(self) -> None:
        settings = self.settings
        live = LiveSessions(self.clock, end_with_their_key=settings.sessions_end_with_their_key)
        self._sigv4 = SigV4Scheme(self.keyring, self.clock, live, settings.remembered_principals)
        self._places = Places(self.tools.public_url.find)
        self._console_scheme = ConsoleScheme(
            self.keyring, self.clock, live, settings.region, settings.console_limits(), self._places.is_secure
        )
        self._web_identity = WebIdentityScheme(self._make_web_identities, settings.region)
        self._saml = SamlScheme(_make_saml_responses, settings.region, settings.saml_endpoint)

    def _make_pipeline(self) -> Pipeline:
        self.metrics = begin_metrics(
            self.settings, self.trail, self.directory, self.lease, self._sigv4.signing_keys
        )
        self.tracer = begin_tracer(self.settings)
        self.limits = begin_limits(self.settings, self.clock, self.metrics)
        decisions = begin_decision_log(self.settings.allowed_decisions, self.clock, self.ids.uuid)
        self._parts = Parts(
            store=self.store,
            directory=self.directory,
            authenticator=Authenticator(
                self._sigv4, self._web_identity, self._saml, self._console_scheme, self._endpoint_routes
            ),
            compile_policy=self._compile,
            denials=Denials(self.ids.uuid, decisions, AuthorizationMessages(self.keyring)),
            tools=self.tools,
            clock=self.clock,
            trail=self.trail,
            metrics=self.metrics,
            limits=self.limits,
            tracer=self.tracer,
        )
        return Pipeline(self._parts, self._registry, decisions)

    def _make_console(self) -> Console:
        self._sign_in_attempts = SignInAttempts()
        scheme, attempts = self._console_scheme, self._sign_in_attempts
        return make_console(
            self.pipeline, self._places, scheme, self.tools, attempts, self._registry, self.trust_map
        )

    def _make_checker(self) -> "Checker":
        from iamd.enforcement.check import Checker  # noqa: PLC0415  as in `iamd.enforcing`

        return Checker(self._parts, self._sigv4.signing_keys)

    def _make_web_identities(self) -> "WebIdentities":
        # Imported when the first token comes: HTTP and JOSE take a fifth of a second.
        from iamd.federation.access_tokens import AccessTokens  # noqa: PLC0415
        from iamd.federation.fetch import Fetcher  # noqa: PLC0415
        from iamd.federation.issuers import Issuers  # noqa: PLC0415
        from iamd.federation.web_identities import WebIdentities  # noqa: PLC0415

        clock = self.clock
        get = Fetcher(clock.monotonic, private=self.settings.allow_private_issuers).get
        known = self._identity_providers
        return WebIdentities(
            Issuers(get, clock.monotonic, known.key_sets if known else None),
            AccessTokens(get, clock.monotonic, known.access_tokens if known else None),
        )

    def _follow_changes(self) -> None:
        self.store.on_changes(self._follow)
        self.store.on_changes(self.sealing_keys.follow)
        registers = {"codes": self.tools.mfa_attempts, **self._sign_in_attempts.registers()}
        self.store.on_changes(SharedAttempts(self.ids.uuid(), self._note_attempt, registers).follow)
        self.store.on_lost(self._sigv4.signing_keys.clear)
        self.store.on_lost(self.sealing_keys.refresh)

    def _note_attempt(self, line: str) -> None:
        """Tell the other nodes, without waiting for it: who fails is refused in any case."""
        self.store.write(lambda transaction: transaction.note_attempt(line))

    def _follow(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.kind is ChangeKind.ACCESS_KEY:
                self._sigv4.signing_keys.drop(change.id)

    def _first_start(self, transaction: Transaction) -> None:
        """Make what an empty database lacks, and clear another one up."""
        now = self.clock.now()
        forget_what_is_too_old(transaction, now)
        self.sealing_keys.store_first(transaction)
        account_id = AccountId(self.settings.account_id)
        if transaction.accounts.find(account_id) is None:
            if not self._makes_root_key and self.settings.root_access_key_id is None:
                others = ", ".join(each.account_id for each in transaction.accounts.all()[:3]) or "none"
                raise StoreError(
                    f"the database has no account {account_id} (`account_id`), but {others}, and nobody would have a key to"
                    " it: `iamd init` makes both"
                )
            transaction.accounts.add(Account(account_id=account_id, name=account_id, created_at=now))
            root_access_key = self.root_access_key or _root_access_key(
                self.settings, account_id, self.ids, now
            )
            transaction.access_keys.add(root_access_key)
            self.planted = self._plant(transaction, self._seed, now) if self._seed else []
        self.root_access_key = next(iter(transaction.access_keys.page(account_id, None, 1)), None)

    def _plant(self, transaction: Transaction, seed: Seed, now: datetime) -> list[PlantedKey]:
        planter = Planter(self.root_of, self.ids, now, self.settings.region, self.planted)
        planted = planter.plant(transaction, seed)
        for note in planter.notes[:_MOST_NOTES]:
            _log.warning("seed", about=note.where, note=note.message)
        return planted

    def root_of(self, transaction: Transaction, account_id: AccountId) -> AsRoot:
        """Return what runs operations as the root of an account; raises LookupError where there is none."""
        return AsRoot(
            transaction=transaction,
            account_id=account_id,
            directory=self.directory,
            compile_policy=self._compile,
            registry=self._registry,
            tools=self.tools,
            now=self.clock.now(),
        )


def _make_saml_responses() -> "SamlResponses":
    # Imported when the first response comes, and lxml with it.
    from iamd.federation.saml_responses import SamlResponses  # noqa: PLC0415

    return SamlResponses()


def _registrations(settings: Settings) -> Registrations:
    if settings.product_providers is None:
        return Registrations()
    return read_product_providers(settings.product_providers)


def _role_templates(settings: Settings) -> RoleTemplates:
    return (
        RoleTemplates() if settings.role_templates is None else read_role_templates(settings.role_templates)
    )


def _identity_providers(settings: Settings) -> "IdentityProviders | None":
    if settings.identity_providers is None:
        return None
    from iamd.exchange.identity_providers import read_identity_providers  # noqa: PLC0415  see _make_web_identities

    return read_identity_providers(settings.identity_providers, private=settings.allow_private_issuers)


def _root_access_key(settings: Settings, account_id: AccountId, ids: Ids, now: datetime) -> AccessKey:
    given = settings.root_access_key_id
    return AccessKey(
        account_id=account_id,
        access_key_id=AccessKeyId(given) if given else ids.access_key_id(PREFIX, account_id),
        owner_id=account_id,
        secret=settings.root_secret_access_key or ids.secret_access_key(),
        created_at=now,
    )
