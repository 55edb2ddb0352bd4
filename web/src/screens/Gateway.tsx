import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { type FormEvent, useEffect, useState } from "react";

import { CopyOwnCommand } from "../components/CopyCommand";
import { Copyable } from "../components/Copyable";
import { Empty } from "../components/Empty";
import { JsonBlock } from "../components/JsonBlock";
import { Problem } from "../components/Problem";
import { type Json, own } from "../lib/api";
import { quoted } from "../lib/command";
import { useLoaded } from "../lib/load";
import { type Route, href, setQuery } from "../lib/route";

export default function Gateway({ route }: { route: Route }) {
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="Requests to other services: authenticated, authorized, signed anew and passed on to what is behind.">Gateway</Header>
      <Upstreams />
      <SoftReport start={route.query} />
    </SpaceBetween>
  );
}

function Upstreams() {
  const found = useLoaded(() => own("ListUpstreams", {}), "");
  const upstreams: Json[] = found.value?.upstreams ?? [];
  return (
    <SpaceBetween size="m">
      <Problem error={found.error} />
      <Table
        variant="container"
        loading={found.loading && !found.value}
        loadingText="Loading upstreams"
        items={upstreams}
        wrapLines
        header={
          <Header
            counter={found.value && `(${upstreams.length})`}
            description="In the order in which they are asked: a request goes to the first one that is for its service and account."
            actions={<Button iconName="refresh" ariaLabel="Refresh" onClick={found.reload} />}
          >
            Upstreams {upstreams.length > 0 && <Badge color={found.value?.mode === "soft" ? "severity-medium" : "green"}>{found.value?.mode === "soft" ? "soft mode" : "enforced"}</Badge>}
          </Header>
        }
        empty={<Empty title="No upstreams" next={<Copyable text={UPSTREAM} />}>A table [[upstream]] in iamd.toml puts the gateway in front of a service, such as:</Empty>}
        columnDefinitions={[
          { id: "services", header: "Services", isRowHeader: true, cell: (each) => (each.services.includes("*") ? "All others" : each.services.join(", ")) },
          { id: "url", header: "Address", cell: (each) => each.url },
          { id: "accounts", header: "Accounts", cell: (each) => each.accounts.join(", ") || "All" },
          { id: "kind", header: "Kind", cell: (each) => each.kind },
          { id: "key", header: "Signed with", cell: (each) => `${each.accessKeyId}${each.region ? `, ${each.region}` : ""}` },
          { id: "buckets", header: "Buckets", cell: (each) => `of ${each.bucketOwner}; policies kept by ${each.bucketPolicies === "iamd" ? "iamd" : "the upstream"}${each.publicAccess ? "; may be public" : ""}` },
        ]}
      />
    </SpaceBetween>
  );
}

const UPSTREAM = '[[upstream]]\nservices = ["s3"]\nurl = "http://127.0.0.1:9000"';

const KINDS = [
  { value: "", label: "Everybody" },
  { value: "role", label: "A role" },
  { value: "user", label: "A user" },
];

/** What soft mode has let through: the policy that would have been needed. */
function SoftReport({ start }: { start: URLSearchParams }) {
  const [of, named] = [start.get("kind"), start.get("name")];
  const asked: Json = of && named ? { kind: of, name: named } : {};
  const [kind, setKind] = useState(KINDS[0]);
  const [name, setName] = useState("");
  useEffect(() => {
    setKind(KINDS.find((each) => each.value === of) ?? KINDS[0]);
    setName(named ?? "");
  }, [of, named]);
  const report = useLoaded(() => own("GetSoftReport", asked), JSON.stringify(asked));
  const found = report.value;
  const missing = kind.value !== "" && !name.trim();
  const show = (event: FormEvent): void => {
    event.preventDefault();
    setQuery({ kind: kind.value || null, name: kind.value ? name.trim() : null }, "step");
    report.reload();
  };
  return (
    <Container header={<Header variant="h2" description="The least policy that would have allowed what was let through in the last day, as this process remembers it. Read it before you attach it." actions={<CopyOwnCommand command={["iamd soft report", ...(asked.kind ? [`--${quoted(asked.kind)} ${quoted(asked.name)}`] : [])].join(" ")} />}>Report of soft mode</Header>}>
      <SpaceBetween size="m">
        <Problem error={report.error} />
        {found && found.mode !== "soft" ? (
          <Box>{found.mode === null ? "There is no gateway, and so no report." : "The gateway enforces: what is not allowed is refused, and explained in the decision log."} <Link href={href("decisions")}>Decision log</Link></Box>
        ) : (
          <form onSubmit={show}>
            <div className="iamd-filter">
              <FormField label="Callers"><Select selectedOption={kind} options={KINDS} onChange={(event) => setKind(KINDS.find((each) => each.value === event.detail.selectedOption.value) ?? KINDS[0])} /></FormField>
              {kind.value && <FormField label="Name" stretch><Input value={name} onChange={(event) => setName(event.detail.value)} /></FormField>}
            </div>
            <Box padding={{ top: "s" }}><Button formAction="submit" disabled={missing} disabledReason={missing ? "Type the name first" : undefined}>Show report</Button></Box>
          </form>
        )}
        {found?.mode === "soft" && (
          found.requests === 0 ? <Box color="text-body-secondary">Nothing was let through that policies do not allow.</Box> : (
            <SpaceBetween size="m">
              <Box>{found.requests === 1 ? "One request" : `${found.requests} requests`} of {found.callers.length === 1 ? "one caller" : `${found.callers.length} callers`}:</Box>
              <ul className="iamd-findings">{found.callers.map((caller: string) => <li key={caller}><Copyable text={caller} /></li>)}</ul>
              <JsonBlock text={JSON.stringify(found.policy, null, 2)} label="Policy" />
              {found.denied.length > 0 && (
                <Alert type="warning" header="An explicit Deny is against these: no policy that allows would help">
                  <ul>{found.denied.map((each: Json) => <li key={`${each.Action} ${each.Resource}`}><span className="iamd-wrap">{each.Action} on {each.Resource}</span></li>)}</ul>
                </Alert>
              )}
            </SpaceBetween>
          )
        )}
      </SpaceBetween>
    </Container>
  );
}
