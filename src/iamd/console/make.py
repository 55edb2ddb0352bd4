"""Putting the console together, from what the rest of the house has."""

from iamd.auth.schemes.console import ConsoleScheme
from iamd.auth.sign_in_attempts import SignInAttempts
from iamd.console.door import Console
from iamd.console.federation import FederationEndpoint
from iamd.console.links import Links
from iamd.console.passwords import PasswordSignIn
from iamd.console.places import Places
from iamd.console.roles import RoleSwitch
from iamd.console.saml import SamlSignIn
from iamd.console.sessions import Sessions
from iamd.console.simulations import SimulationPages
from iamd.console.trust import TrustGraphPage
from iamd.operations.by_handler import ByHandler
from iamd.operations.call import Tools
from iamd.operations.explained_simulations import ExplainedSimulations
from iamd.operations.registry import Registered
from iamd.operations.trust_map import TrustMap
from iamd.pipeline import Pipeline


def make_console(
    pipeline: Pipeline,
    places: Places,
    scheme: ConsoleScheme,
    tools: Tools,
    attempts: SignInAttempts,
    registry: dict[tuple[str, str], Registered],
    trust_map: TrustMap,
) -> Console:
    """Return the console's pages."""
    sessions = Sessions(scheme, tools.keyring, tools.ids, scheme.clock)
    links = Links(sessions, tools.keyring, tools.ids)
    operations = ByHandler(registry)
    return Console(
        pipeline=pipeline,
        places=places,
        sessions=sessions,
        links=links,
        passwords=PasswordSignIn(sessions, tools.ids, tools.passwords, tools.mfa_attempts, attempts),
        federation=FederationEndpoint(sessions, links, tools.keyring),
        saml=SamlSignIn(pipeline, links, tools.keyring, operations),
        roles=RoleSwitch(pipeline, sessions, tools.keyring, operations),
        trust=TrustGraphPage(pipeline, trust_map),
        simulations=SimulationPages(pipeline, ExplainedSimulations(operations)),
    )
