import AppLayout from "@cloudscape-design/components/app-layout";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import SideNavigation, { type SideNavigationProps } from "@cloudscape-design/components/side-navigation";
import TopNavigation from "@cloudscape-design/components/top-navigation";
import { type ReactNode, useEffect, useState } from "react";

import { own } from "../lib/api";
import { nameOf } from "../lib/format";
import { listenForSearch } from "../lib/keys";
import { type Route, go, href } from "../lib/route";
import { shownName, useSession } from "../lib/session";
import { darkNow, setDark } from "../lib/theme";
import { Notices } from "./Notices";

const NAVIGATION: SideNavigationProps.Item[] = [
  { type: "link", text: "Dashboard", href: href() },
  {
    type: "section",
    text: "Access management",
    items: [
      { type: "link", text: "Groups", href: href("groups") },
      { type: "link", text: "Users", href: href("users") },
      { type: "link", text: "Roles", href: href("roles") },
      { type: "link", text: "Policies", href: href("policies") },
      { type: "link", text: "Identity providers", href: href("providers") },
      { type: "link", text: "Server certificates", href: href("server-certificates") },
      { type: "link", text: "Organization", href: href("organization") },
      { type: "link", text: "Account settings", href: href("account") },
    ],
  },
  {
    type: "section",
    text: "Access reports",
    items: [
      { type: "link", text: "Policy simulator", href: href("simulator") },
      { type: "link", text: "Trust graph", href: href("trust-graph") },
      { type: "link", text: "Decision log", href: href("decisions") },
      { type: "link", text: "Audit events", href: href("events") },
      { type: "link", text: "Credential report", href: href("credentials") },
      { type: "link", text: "Active sessions", href: href("sessions") },
    ],
  },
  {
    type: "section",
    text: "Server",
    items: [
      { type: "link", text: "Gateway", href: href("gateway") },
      { type: "link", text: "Health", href: href("health") },
    ],
  },
];

const TITLES: Record<string, string> = {
  groups: "Groups",
  users: "Users",
  roles: "Roles",
  policies: "Policies",
  providers: "Identity providers",
  "server-certificates": "Server certificates",
  organization: "Organization",
  account: "Account settings",
  simulator: "Policy simulator",
  "trust-graph": "Trust graph",
  decisions: "Decision log",
  events: "Audit events",
  gateway: "Gateway",
  health: "Health",
  credentials: "Credential report",
  sessions: "Active sessions",
  switch: "Switch role",
};

/** What an ARN ends in; of a provider's all behind the first slash, since that is its name. */
function shortName(screen: string, part: string): string {
  if (screen === "organization") {
    return part === "policies" ? "Policies" : "Accounts and units";
  }
  return screen === "policies" ? nameOf(part) : screen === "providers" ? part.slice(part.indexOf("/") + 1) : part;
}

export async function signOut(): Promise<void> {
  await own("SignOut", {}).catch(() => undefined);
  window.location.hash = "";
  window.location.reload();
}

async function act(id: string): Promise<void> {
  if (id === "sign-out") {
    await signOut();
  } else if (id === "back") {
    await own("SwitchBack", {}).catch(() => undefined);
    window.location.hash = "";
    window.location.reload();
  } else if (id === "dark") {
    setDark(!darkNow());
  } else {
    go(id);
  }
}

export function Shell({ route, children }: { route: Route; children: ReactNode }) {
  const session = useSession();
  const narrow = window.matchMedia("(max-width: 688px)").matches;
  const [open, setOpen] = useState(!narrow);
  const [first, ...rest] = route.parts;
  useEffect(listenForSearch, []);
  const title = [...(route.parts[1] && first ? [shortName(first, route.parts[1])] : []), first ? (TITLES[first] ?? "No such page") : "Dashboard"].join(", ");
  useEffect(() => {
    document.title = `${title} - iamd`;
  }, [title]);
  const crumbs = [{ text: "iamd", href: href() }];
  if (first) {
    crumbs.push({ text: TITLES[first] ?? first, href: href(first) });
  }
  if (rest.length > 0) {
    const inside = first === "organization" && rest[0] !== "policies" ? "structure" : rest[0];
    crumbs.push({ text: shortName(first, inside), href: href(first, inside) });
  }
  return (
    <>
      <div id="top">
        <TopNavigation
          identity={{ href: href(), logo: { src: "/_iamd/console/logo.svg", alt: "iamd" } }}
          utilities={[
            {
              type: "menu-dropdown",
              text: `${shownName(session)} @ ${session.accountAlias ?? session.accountId}`,
              description: session.arn,
              iconName: "user-profile",
              onItemClick: (event) => void act(event.detail.id),
              items: [
                { id: "switch", text: "Switch role" },
                ...(session.switched ? [{ id: "back", text: "Switch back" }] : []),
                { id: "sessions", text: "Active sessions" },
                { id: "dark", text: darkNow() ? "Light mode" : "Dark mode" },
                { id: "sign-out", text: "Sign out" },
              ],
            },
          ]}
        />
      </div>
      <AppLayout
        headerSelector="#top"
        footerSelector="#foot"
        toolsHide
        navigationOpen={open}
        onNavigationChange={(event) => setOpen(event.detail.open)}
        navigation={
          <SideNavigation
            header={{ text: "Identity and access", href: href() }}
            activeHref={first ? href(first) : href()}
            items={NAVIGATION}
            onFollow={() => narrow && setOpen(false)}
          />
        }
        breadcrumbs={<BreadcrumbGroup items={crumbs} />}
        notifications={<Notices />}
        content={children}
        maxContentWidth={1400}
        ariaLabels={{
          navigation: "Navigation",
          navigationClose: "Close navigation",
          navigationToggle: "Open navigation",
          notifications: "Notifications",
        }}
      />
      <footer id="foot" className="iamd-foot">
        iamd is not affiliated with, endorsed or sponsored by Amazon Web Services.
      </footer>
    </>
  );
}
