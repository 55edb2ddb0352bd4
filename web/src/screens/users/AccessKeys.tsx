import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CopyCommand } from "../../components/CopyCommand";
import { CreatedOnce } from "../../components/CreatedOnce";
import { Empty } from "../../components/Empty";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call, callAll, type Json } from "../../lib/api";
import { age, time } from "../../lib/format";
import { useLoaded } from "../../lib/load";

const MOST = 2;

async function keysOf(name: string): Promise<Json[]> {
  const keys = await callAll("iam", "ListAccessKeys", { UserName: name }, "AccessKeyMetadata");
  return Promise.all(
    keys.map(async (key) => {
      const used = await call("iam", "GetAccessKeyLastUsed", { AccessKeyId: key.AccessKeyId }).catch(() => null);
      return { ...key, used: used?.AccessKeyLastUsed };
    }),
  );
}

export function AccessKeys({ name }: { name: string }) {
  const keys = useLoaded(() => keysOf(name), name);
  const [made, setMade] = useState<Json | null>(null);
  const [asking, setAsking] = useState<{ key: Json; to: "Inactive" | "Delete" } | null>(null);
  const [error, setError] = useState<unknown>();
  const full = (keys.value?.length ?? 0) >= MOST;
  const create = async (): Promise<void> => {
    setError(undefined);
    try {
      setMade((await call("iam", "CreateAccessKey", { UserName: name })).AccessKey);
      keys.reload();
    } catch (problem) {
      setError(problem);
    }
  };
  const setStatus = async (key: Json, status: string): Promise<void> => {
    await call("iam", "UpdateAccessKey", { UserName: name, AccessKeyId: key.AccessKeyId, Status: status });
    notify(status === "Active" ? "The access key is active." : "The access key is inactive: requests with it are refused.");
    keys.reload();
  };
  const choose = (key: Json, id: string): void => {
    if (id === "Active") {
      setStatus(key, "Active").catch(setError);
    } else {
      setAsking({ key, to: id as "Inactive" | "Delete" });
    }
  };
  return (
    <SpaceBetween size="m">
      <Problem error={error ?? keys.error} />
      <Table
        variant="container"
        loading={keys.loading && !keys.value}
        loadingText="Loading access keys"
        items={keys.value ?? []}
        wrapLines
        header={
          <Header
            counter={keys.value && `(${keys.value.length})`}
            description={`For programs. A user has at most ${MOST}, so that one can take over from the other.`}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <CopyCommand operation="ListAccessKeys" members={{ UserName: name }} />
                <Button disabled={full} disabledReason={`The user has ${MOST} access keys. Delete one first.`} onClick={() => void create()}>Create access key</Button>
              </SpaceBetween>
            }
          >
            Access keys
          </Header>
        }
        empty={<Empty title="No access keys" next={<Button onClick={() => void create()}>Create the first access key</Button>}>A role's temporary credentials are safer, where they will do.</Empty>}
        columnDefinitions={[
          { id: "id", header: "Access key ID", isRowHeader: true, cell: (key) => key.AccessKeyId },
          { id: "status", header: "Status", cell: (key) => <StatusIndicator type={key.Status === "Active" ? "success" : "stopped"}>{key.Status}</StatusIndicator> },
          { id: "age", header: "Age", cell: (key) => age(key.CreateDate) },
          { id: "used", header: "Last used", cell: (key) => (key.used?.LastUsedDate ? `${time(key.used.LastUsedDate)}, ${key.used.ServiceName}, ${key.used.Region}` : "Never") },
          {
            id: "actions",
            header: "Actions",
            cell: (key) => (
              <ButtonDropdown
                variant="inline-icon"
                ariaLabel={`Actions for ${key.AccessKeyId}`}
                expandToViewport
                onItemClick={(event) => choose(key, event.detail.id)}
                items={[
                  key.Status === "Active" ? { id: "Inactive", text: "Deactivate" } : { id: "Active", text: "Activate" },
                  { id: "Delete", text: "Delete", disabled: key.Status === "Active", disabledReason: "Deactivate it first, and see that nothing misses it." },
                ]}
              />
            ),
          },
        ]}
      />
      {made && (
        <CreatedOnce
          title="Access key created"
          warning="This is the only time that the secret access key can be seen. Nobody can bring it back, but you can make another one."
          open={{ "Access key ID": made.AccessKeyId }}
          label="Secret access key"
          secret={made.SecretAccessKey}
          file={`${made.UserName}_accessKeys.csv`}
          close={() => setMade(null)}
        />
      )}
      {asking?.to === "Inactive" && (
        <Confirm title="Deactivate the access key?" verb="Deactivate" close={() => setAsking(null)} act={() => setStatus(asking.key, "Inactive")}>
          Requests that are signed with <b>{asking.key.AccessKeyId}</b> are refused from now on. It can be activated again.
        </Confirm>
      )}
      {asking?.to === "Delete" && (
        <Confirm
          title="Delete the access key?"
          verb="Delete"
          typed={asking.key.AccessKeyId}
          close={() => setAsking(null)}
          act={async () => {
            await call("iam", "DeleteAccessKey", { UserName: name, AccessKeyId: asking.key.AccessKeyId });
            notify("The access key is deleted.");
            keys.reload();
          }}
        >
          It was last used {time(asking.key.used?.LastUsedDate)}. It cannot be brought back.
        </Confirm>
      )}
    </SpaceBetween>
  );
}
