import Box from "@cloudscape-design/components/box";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";

import { call, type Json } from "../lib/api";
import { time } from "../lib/format";
import { useLoaded } from "../lib/load";
import { type Place, credentialsOf, wildcardsOf } from "../lib/recommendations";
import { href } from "../lib/route";

const NAMED = 3;

interface Line {
  good: boolean;
  text: string;
  more?: ReactNode;
}

/** What should be mended.  Whoever may not see something is told of the rest. */
export function Recommendations({ counts }: { counts: Json }) {
  const policy = useLoaded(() => call("iam", "GetAccountPasswordPolicy").then(() => true, (error) => (error.code === "NoSuchEntity" ? false : null)), "");
  const credentials = useLoaded(credentialsOf, "");
  const wildcards = useLoaded(wildcardsOf, "");
  const found = credentials.value;
  const lines: Line[] = [
    counts.AccountAccessKeysPresent
      ? { good: false, text: "The root user has an access key", more: "Work as a user or a role with the permissions that it needs." }
      : { good: true, text: "The root user has no access key" },
    counts.AccountMFAEnabled
      ? { good: true, text: "The root user has an MFA device" }
      : { good: false, text: "The root user has no MFA device", more: "Whoever has its key has everything." },
  ];
  if (found) {
    const as = `As of ${time(found.made)}.`;
    lines.push(
      of(found.alone, "Every user who signs in has an MFA device", (names) => `${several(names, "user")} ${names === 1 ? "signs" : "sign"} in without an MFA device`, as),
      of(found.old, "No access key is older than 90 days", (names) => `${several(names, "access key")} ${names === 1 ? "is" : "are"} older than 90 days`, as),
      of(found.unused, "No access key lies unused", (names) => `${several(names, "access key")} ${names === 1 ? "was" : "were"} not used for 90 days, or ever`, as),
    );
  } else if (found === null) {
    lines.push({ good: false, text: "Passwords and access keys were not looked at", more: <>There is no credential report. <Link href={href("credentials")} fontSize="body-s">Generate one</Link></> });
  }
  if (wildcards.value) {
    const { places, complete } = wildcards.value;
    lines.push(of(places, "No policy of yours allows everything of a service everywhere", (names) => `${several(names, "policy", "policies")} ${names === 1 ? "allows" : "allow"} everything of a service, or of all, on every resource`, complete ? "" : "Of the first thousand users, groups, roles and policies."));
  }
  if (policy.value === false) {
    lines.push({ good: false, text: "The account has no password policy", more: <>Passwords need eight characters of three kinds. <Link href={href("account")} fontSize="body-s">Set one</Link></> });
  } else if (policy.value === true) {
    lines.push({ good: true, text: "The account has a password policy" });
  }
  return (
    <SpaceBetween size="s">
      {lines.map((line) => (
        <div key={line.text}>
          <StatusIndicator type={line.good ? "success" : "warning"}>{line.text}</StatusIndicator>
          {line.more && <Box fontSize="body-s" color="text-body-secondary" padding={{ left: "l" }}>{line.more}</Box>}
        </div>
      ))}
    </SpaceBetween>
  );
}

function several(count: number, noun: string, plural = `${noun}s`): string {
  return count === 1 ? `One ${noun}` : `${count} ${plural}`;
}

/** A line about places: good where there is none, and with links to the first of them else. */
function of(places: Place[], none: string, some: (count: number) => string, remark: string): Line {
  if (places.length === 0) {
    return { good: true, text: none };
  }
  const links = places.slice(0, NAMED).map((place, at) => <span key={at}>{at > 0 && ", "}<Link href={place.href} fontSize="body-s">{place.name}</Link></span>);
  return { good: false, text: some(places.length), more: <span className="iamd-wrap">{links}{places.length > NAMED && ` and ${places.length - NAMED} more`}. {remark}</span> };
}
