import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CopyCommand } from "../../components/CopyCommand";
import { Empty } from "../../components/Empty";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call, callAll, type Json } from "../../lib/api";
import { age, time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { save } from "../../lib/save";

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
      {made && <Created made={made} close={() => setMade(null)} />}
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

/** The one time that a secret access key can be seen. */
function Created({ made, close }: { made: Json; close: () => void }) {
  const [shown, setShown] = useState(false);
  const csv = (): void => {
    const text = `Access key ID,Secret access key\r\n${made.AccessKeyId},${made.SecretAccessKey}\r\n`;
    save(`${made.UserName}_accessKeys.csv`, text, "text/csv");
  };
  return (
    <Modal
      visible
      header="Access key created"
      onDismiss={close}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName="download" onClick={csv}>Download .csv file</Button>
            <Button variant="primary" onClick={close}>Done</Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning">This is the only time that the secret access key can be seen. Nobody can bring it back, but you can make another one.</Alert>
        <KeyValuePairs
          columns={1}
          items={[
            { label: "Access key ID", value: <CopyToClipboard variant="inline" copyButtonAriaLabel="Copy" textToCopy={made.AccessKeyId} copySuccessText="Copied" copyErrorText="It could not be copied" /> },
            {
              label: "Secret access key",
              value: (
                <span className="iamd-wrap">
                  <CopyToClipboard variant="inline" copyButtonAriaLabel="Copy" textToCopy={made.SecretAccessKey} textToDisplay={shown ? made.SecretAccessKey : "••••••••••••••••"} copySuccessText="Copied" copyErrorText="It could not be copied" />{" "}
                  <Button variant="inline-link" onClick={() => setShown(!shown)}>{shown ? "Hide" : "Show"}</Button>
                </span>
              ),
            },
          ]}
        />
      </SpaceBetween>
    </Modal>
  );
}
