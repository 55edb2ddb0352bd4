import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { type ReactNode, useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CopyCommand } from "../../components/CopyCommand";
import { Empty } from "../../components/Empty";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call, type Json } from "../../lib/api";
import type { Loaded } from "../../lib/load";

interface Props {
  title: string;
  /** One of them, in lower case. */
  noun: string;
  description: string;
  user: string;
  credentials: Loaded<Json[]>;
  columns: TableProps.ColumnDefinition<Json>[];
  /** The member of an item that names it, which is that of the operations as well. */
  id: string;
  /** The operations: that list them, that set a status, and that delete one. */
  list: { operation: string; members?: Json };
  update: string;
  remove: string;
  /** What else can be done with one. */
  more?: { id: string; text: string; act: (item: Json) => Promise<void> }[];
  create: ReactNode;
}

/** Credentials of a user of one kind, which are active or not. */
export function CredentialTable({ title, noun, description, user, credentials, columns, id, list, update, remove, more = [], create }: Props) {
  const [removing, setRemoving] = useState<Json | null>(null);
  const [error, setError] = useState<unknown>();
  const setStatus = async (item: Json, status: string): Promise<void> => {
    await call("iam", update, { UserName: user, [id]: item[id], Status: status });
    notify(`The ${noun} is ${status.toLowerCase()}.`);
    credentials.reload();
  };
  const choose = (item: Json, chosen: string): void => {
    setError(undefined);
    if (chosen === "Delete") {
      setRemoving(item);
    } else {
      (more.find((each) => each.id === chosen)?.act(item) ?? setStatus(item, chosen)).catch(setError);
    }
  };
  return (
    <SpaceBetween size="m">
      <Problem error={error ?? credentials.error} />
      <Table
        variant="container"
        trackBy={id}
        loading={credentials.loading && !credentials.value}
        loadingText={`Loading ${noun}s`}
        items={credentials.value ?? []}
        wrapLines
        header={
          <Header
            counter={credentials.value && `(${credentials.value.length})`}
            description={description}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <CopyCommand operation={list.operation} members={{ UserName: user, ...list.members }} />
                {create}
              </SpaceBetween>
            }
          >
            {title}
          </Header>
        }
        empty={<Empty title={`No ${noun}s`} next={create} />}
        columnDefinitions={[
          ...columns,
          { id: "status", header: "Status", cell: (item) => <StatusIndicator type={item.Status === "Active" ? "success" : "stopped"}>{item.Status}</StatusIndicator> },
          {
            id: "actions",
            header: "Actions",
            cell: (item) => (
              <ButtonDropdown
                variant="inline-icon"
                ariaLabel={`Actions for ${item[id]}`}
                expandToViewport
                onItemClick={(event) => choose(item, event.detail.id)}
                items={[
                  item.Status === "Active" ? { id: "Inactive", text: "Deactivate" } : { id: "Active", text: "Activate", disabled: item.Status === "Expired", disabledReason: "It has expired. Make another one." },
                  ...more.map(({ id: which, text }) => ({ id: which, text })),
                  { id: "Delete", text: "Delete" },
                ]}
              />
            ),
          },
        ]}
      />
      {removing && (
        <Confirm
          title={`Delete the ${noun}?`}
          verb="Delete"
          typed={removing[id]}
          close={() => setRemoving(null)}
          act={async () => {
            await call("iam", remove, { UserName: user, [id]: removing[id] });
            notify(`The ${noun} is deleted.`);
            credentials.reload();
          }}
        >
          It cannot be brought back.
        </Confirm>
      )}
    </SpaceBetween>
  );
}
