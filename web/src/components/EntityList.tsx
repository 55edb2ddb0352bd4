import Button, { type ButtonProps } from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";

import type { Json } from "../lib/api";
import { CopyCommand } from "./CopyCommand";
import { Empty } from "./Empty";
import { EntityTable, type EntityTableProps } from "./EntityTable";

interface Props extends Omit<EntityTableProps, "actions" | "empty" | "part"> {
  /** What lists them, and with which members. */
  operation: string;
  members?: Json;
  /** How one is made. */
  create: Pick<ButtonProps, "href" | "onClick"> & { text: string };
  /** What stands before the other actions. */
  choice?: ReactNode;
}

/** The list that a screen is: to be looked at again, told by a command, and begun where it is empty. */
export function EntityList({ operation, members, create: { text, ...create }, choice, ...table }: Props) {
  return (
    <EntityTable
      {...table}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          {choice}
          <CopyCommand operation={operation} members={members} />
          <Button iconName="refresh" ariaLabel="Refresh" onClick={table.paged.reload} />
          <Button variant="primary" {...create}>{text}</Button>
        </SpaceBetween>
      }
      empty={<Empty title={`No ${table.plural ?? `${table.noun}s`}`} next={<Button {...create}>{text}</Button>} />}
    />
  );
}
