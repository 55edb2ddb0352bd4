import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { call, callAll, type Json } from "../lib/api";
import { nameOf, time } from "../lib/format";
import { useLoaded, usePaged } from "../lib/load";
import { href } from "../lib/route";
import { CopyCommand } from "./CopyCommand";
import { Empty } from "./Empty";
import { EntityTable } from "./EntityTable";
import { Problem } from "./Problem";

const ASK_AGAIN = 1000;
const NEVER = "Not accessed in the tracking period";

interface Props {
  arn: string;
  /** Whether others may have used it: the members of a group, and whom a policy is attached to. */
  shared: boolean;
}

async function report(arn: string): Promise<string> {
  const { JobId } = await call("iam", "GenerateServiceLastAccessedDetails", { Arn: arn, Granularity: "ACTION_LEVEL" });
  for (;;) {
    const found = await call("iam", "GetServiceLastAccessedDetails", { JobId, MaxItems: 1 });
    if (found.JobStatus === "COMPLETED") {
      return JobId;
    }
    if (found.JobStatus === "FAILED") {
      throw new Error(found.Error?.Message ?? "The report could not be made.");
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN));
  }
}

/** Which services a user, group, role or policy allows, and when each was used last: a report, made when one looks. */
export function LastAccessed({ arn, shared }: Props) {
  const made = useLoaded(() => report(arn), arn);
  if (made.error !== undefined) {
    return <Problem error={made.error} />;
  }
  return made.value === undefined || made.loading
    ? <StatusIndicator type="loading">Looking</StatusIndicator>
    : <Services key={made.value} arn={arn} job={made.value} shared={shared} again={made.reload} />;
}

function Services({ arn, job, shared, again }: Props & { job: string; again: () => void }) {
  const services = usePaged("iam", "GetServiceLastAccessedDetails", "ServicesLastAccessed", { JobId: job }, job);
  const [open, setOpen] = useState<Json | null>(null);
  const used = (service: Json): string => (service.LastAuthenticated ? time(service.LastAuthenticated) : NEVER);
  return (
    <>
      <EntityTable
        part
        paged={services}
        trackBy="ServiceNamespace"
        title="Last accessed"
        noun="service"
        description="The services that its policies allow, and when each was asked for last, whether that was allowed or not. What is never used need not be allowed."
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="GenerateServiceLastAccessedDetails" members={{ Arn: arn, Granularity: "ACTION_LEVEL" }} />
            <Button iconName="refresh" ariaLabel="Make the report anew" onClick={again} />
          </SpaceBetween>
        }
        empty={<Empty title="No services" next={<Link href={window.location.hash.replace(/\/accessed.*/, window.location.hash.startsWith("#/policies/") ? "/document" : "/permissions")}>Give it permissions</Link>}>Its policies allow nothing.</Empty>}
        columns={[
          { id: "service", header: "Service", isRowHeader: true, sortingField: "ServiceName", text: (each) => `${each.ServiceName} (${each.ServiceNamespace})`, cell: (each) => <Link onFollow={() => setOpen(each)}>{each.ServiceName} ({each.ServiceNamespace})</Link> },
          { id: "used", header: "Last accessed", sortingField: "LastAuthenticated", text: (each) => (each.LastAuthenticated ? "Accessed" : NEVER), cell: (each) => <StatusIndicator type={each.LastAuthenticated ? "success" : "stopped"}>{used(each)}</StatusIndicator> },
          { id: "region", header: "Region", cell: (each) => each.LastAuthenticatedRegion ?? "-" },
          ...(shared ? [{ id: "by", header: "Accessed by", cell: (each: Json) => (each.LastAuthenticatedEntity ? `${nameOf(each.LastAuthenticatedEntity)}${each.TotalAuthenticatedEntities > 1 ? ` and ${each.TotalAuthenticatedEntities - 1} more` : ""}` : "-") }] : []),
        ]}
      />
      {open && <Details arn={arn} job={job} service={open} shared={shared} close={() => setOpen(null)} />}
    </>
  );
}

async function details(arn: string, job: string, namespace: string, shared: boolean): Promise<{ granting: Json[]; users: Json[] }> {
  const ofPolicy = arn.includes(":policy/");
  const [granting, users] = await Promise.all([
    ofPolicy ? [] : call("iam", "ListPoliciesGrantingServiceAccess", { Arn: arn, ServiceNamespaces: [namespace] }).then((answer) => answer.PoliciesGrantingServiceAccess[0]?.Policies ?? []),
    shared ? callAll("iam", "GetServiceLastAccessedDetailsWithEntities", { JobId: job, ServiceNamespace: namespace }, "EntityDetailsList") : [],
  ]);
  return { granting, users };
}

const SCREENS: Record<string, string> = { USER: "users", ROLE: "roles", GROUP: "groups" };

/** A managed policy leads to its own screen, an inline one to whom it belongs to. */
function placeOf(policy: Json): string | undefined {
  return policy.PolicyArn ? href("policies", policy.PolicyArn) : policy.EntityType ? href(SCREENS[policy.EntityType] ?? "users", policy.EntityName, "permissions") : undefined;
}

function Details({ arn, job, service, shared, close }: Props & { job: string; service: Json; close: () => void }) {
  const found = useLoaded(() => details(arn, job, service.ServiceNamespace, shared), service.ServiceNamespace);
  const loading = found.loading && !found.value;
  const actions: Json[] = service.TrackedActionsLastAccessed ?? [];
  return (
    <Modal visible size="large" header={`${service.ServiceName} (${service.ServiceNamespace})`} onDismiss={close} closeAriaLabel="Close">
      <SpaceBetween size="l">
        <Problem error={found.error} />
        {!arn.includes(":policy/") && (
          <Table
            variant="embedded"
            header={<Box variant="h3">Policies that allow it</Box>}
            loading={loading}
            loadingText="Loading policies"
            items={found.value?.granting ?? []}
            empty="None, now"
            columnDefinitions={[
              { id: "name", header: "Policy name", isRowHeader: true, cell: (policy) => (placeOf(policy) ? <Link href={placeOf(policy)}>{policy.PolicyName}</Link> : policy.PolicyName) },
              { id: "type", header: "Type", cell: (policy) => (policy.PolicyType === "INLINE" ? "Inline" : "Managed") },
            ]}
          />
        )}
        {shared && (
          <Table
            variant="embedded"
            header={<Box variant="h3">Who could use it</Box>}
            loading={loading}
            loadingText="Loading users and roles"
            items={found.value?.users ?? []}
            empty="Nobody"
            columnDefinitions={[
              { id: "who", header: "Name", isRowHeader: true, cell: (each) => <Link href={href(SCREENS[each.EntityInfo.Type] ?? "users", each.EntityInfo.Name)}>{each.EntityInfo.Name}</Link> },
              { id: "type", header: "Type", cell: (each) => each.EntityInfo.Type.toLowerCase() },
              { id: "when", header: "Last accessed", cell: (each) => (each.LastAuthenticated ? time(each.LastAuthenticated) : NEVER) },
            ]}
          />
        )}
        <Table
          variant="embedded"
          header={<Box variant="h3">Actions</Box>}
          items={actions}
          empty="None of its actions is told apart"
          columnDefinitions={[
            { id: "action", header: "Action", isRowHeader: true, cell: (action) => action.ActionName },
            { id: "when", header: "Last accessed", cell: (action) => (action.LastAccessedTime ? time(action.LastAccessedTime) : NEVER) },
            { id: "region", header: "Region", cell: (action) => action.LastAccessedRegion ?? "-" },
          ]}
        />
      </SpaceBetween>
    </Modal>
  );
}
