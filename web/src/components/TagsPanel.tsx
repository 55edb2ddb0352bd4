import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { call, callAll, type Json } from "../lib/api";
import { useLoaded } from "../lib/load";
import { Confirm } from "./Confirm";
import { CopyCommand } from "./CopyCommand";
import { Empty } from "./Empty";
import { notify } from "./Notices";
import { Problem } from "./Problem";

/** The tags of a user, a role or a policy: `noun` is what the operations are called by. */
export function TagsPanel({ noun, members }: { noun: string; members: Json }) {
  const tags = useLoaded(() => callAll("iam", `List${noun}Tags`, members, "Tags"), JSON.stringify(members));
  const [adding, setAdding] = useState(false);
  const [chosen, setChosen] = useState<Json[]>([]);
  const [error, setError] = useState<unknown>();
  const remove = async (): Promise<void> => {
    setError(undefined);
    try {
      await call("iam", `Untag${noun}`, { ...members, TagKeys: chosen.map((tag) => tag.Key) });
      notify(chosen.length === 1 ? "The tag is removed." : "The tags are removed.");
      setChosen([]);
      tags.reload();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <SpaceBetween size="m">
      <Problem error={error ?? tags.error} />
      <Table
        variant="container"
        trackBy="Key"
        loading={tags.loading && !tags.value}
        loadingText="Loading tags"
        items={tags.value ?? []}
        selectionType="multi"
        selectedItems={chosen}
        onSelectionChange={(event) => setChosen(event.detail.selectedItems)}
        ariaLabels={{ selectionGroupLabel: "Tags", allItemsSelectionLabel: () => "All tags", itemSelectionLabel: (_, tag) => tag.Key }}
        columnDefinitions={[
          { id: "key", header: "Key", cell: (tag) => tag.Key, isRowHeader: true },
          { id: "value", header: "Value", cell: (tag) => tag.Value || "-" },
        ]}
        wrapLines
        empty={<Empty title="No tags" next={<Button onClick={() => setAdding(true)}>Add the first tag</Button>}>Conditions of policies can look at them.</Empty>}
        header={
          <Header
            counter={tags.value && `(${tags.value.length})`}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <CopyCommand operation={`List${noun}Tags`} members={members} />
                <Button disabled={chosen.length === 0} disabledReason="Choose tags first" onClick={() => void remove()}>Remove</Button>
                <Button onClick={() => setAdding(true)}>Add tag</Button>
              </SpaceBetween>
            }
          >
            Tags
          </Header>
        }
      />
      {adding && <AddTag noun={noun} members={members} close={() => setAdding(false)} done={tags.reload} />}
    </SpaceBetween>
  );
}

function AddTag({ noun, members, close, done }: { noun: string; members: Json; close: () => void; done: () => void }) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const add = async (): Promise<void> => {
    await call("iam", `Tag${noun}`, { ...members, Tags: [{ Key: key, Value: value }] });
    notify("The tag is set.");
    done();
  };
  return (
    <Confirm title="Add tag" verb="Add tag" act={add} close={close}>
      <SpaceBetween size="s">
        <Input value={key} placeholder="Key" ariaLabel="Key" onChange={(event) => setKey(event.detail.value)} />
        <Input value={value} placeholder="Value, optional" ariaLabel="Value" onChange={(event) => setValue(event.detail.value)} />
      </SpaceBetween>
    </Confirm>
  );
}
