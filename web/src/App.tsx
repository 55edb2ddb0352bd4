import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Spinner from "@cloudscape-design/components/spinner";
import { type ComponentType, type LazyExoticComponent, Suspense, lazy, useCallback, useEffect, useState } from "react";

import { Guard } from "./components/Guard";
import { Shell } from "./components/Shell";
import { onLost, own, useToken } from "./lib/api";
import { type Route, href, useRoute } from "./lib/route";
import { type Session, SessionContext } from "./lib/session";
import { Door } from "./screens/Door";

interface ScreenProps {
  route: Route;
}

function screen(load: () => Promise<{ default: ComponentType<ScreenProps> }>): LazyExoticComponent<ComponentType<ScreenProps>> {
  return lazy(load);
}

const SCREENS: Record<string, LazyExoticComponent<ComponentType<ScreenProps>>> = {
  "": screen(() => import("./screens/Dashboard")),
  users: screen(() => import("./screens/users/Users")),
  groups: screen(() => import("./screens/groups/Groups")),
  roles: screen(() => import("./screens/roles/Roles")),
  policies: screen(() => import("./screens/policies/Policies")),
  "server-certificates": screen(() => import("./screens/certificates/ServerCertificates")),
  providers: screen(() => import("./screens/providers/Providers")),
  organization: screen(() => import("./screens/organization/Organizations")),
  account: screen(() => import("./screens/AccountSettings")),
  events: screen(() => import("./screens/AuditEvents")),
  gateway: screen(() => import("./screens/Gateway")),
  health: screen(() => import("./screens/Health")),
  credentials: screen(() => import("./screens/CredentialReport")),
  sessions: screen(() => import("./screens/Sessions")),
  simulator: screen(() => import("./screens/simulator/Simulator")),
  "trust-graph": screen(() => import("./screens/trust/TrustGraph")),
  decisions: screen(() => import("./screens/decisions/Decisions")),
  switch: screen(() => import("./screens/SwitchRole")),
};

function Waiting() {
  return <Box padding="xxl" textAlign="center"><Spinner size="large" /></Box>;
}

function NoSuchPage() {
  return (
    <SpaceBetween size="m">
      <Header variant="h1">There is no such page</Header>
      <Link href={href()}>Go to the dashboard</Link>
    </SpaceBetween>
  );
}

export function App() {
  const route = useRoute();
  const [session, setSession] = useState<Session | null | undefined>();
  const [, redraw] = useState(0);
  const look = useCallback(async () => {
    const found = await own("Session").then((answer) => answer.session as Session | null).catch(() => null);
    useToken(found?.csrf ?? null);
    setSession(found);
  }, []);
  useEffect(() => {
    onLost(() => setSession(null));
    void look();
    const mode = (): void => redraw((number) => number + 1);
    window.addEventListener("iamd-mode", mode);
    return () => window.removeEventListener("iamd-mode", mode);
  }, [look]);

  if (session === undefined) {
    return <Waiting />;
  }
  const token = route.parts[0] === "sign-in" ? route.parts[1] : undefined;
  if (session === null || session.mustChangePassword || token !== undefined) {
    return <Door session={session} token={token} entered={look} />;
  }
  const Screen = SCREENS[route.parts[0] ?? ""];
  return (
    <SessionContext.Provider value={session}>
      <Shell route={route}>
        <Guard place={route.parts.join("/")}>
          <Suspense fallback={<Waiting />}>
            {Screen ? <Screen route={route} /> : <NoSuchPage />}
          </Suspense>
        </Guard>
      </Shell>
    </SessionContext.Provider>
  );
}
