import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import PropertyFilter, { type PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { type ReactNode, useEffect, useState } from "react";

import type { Json } from "../lib/api";
import type { Paged } from "../lib/load";
import { read, setQuery } from "../lib/route";
import { Problem } from "./Problem";

const PER_PAGE = 50;

export interface Column extends TableProps.ColumnDefinition<Json> {
  id: string;
  /** The text that a filter looks at; nothing for what cannot be filtered by. */
  text?: (item: Json) => string;
}

interface Props {
  paged: Paged;
  columns: Column[];
  title: string;
  /** One of them, in lower case. */
  noun: string;
  description?: string;
  actions?: ReactNode;
  empty: ReactNode;
  trackBy: string;
  /** Whether it is a part of a screen, and not the screen. */
  part?: boolean;
}

function queryFrom(text: string | null): PropertyFilterProps.Query {
  try {
    const found = JSON.parse(text ?? "") as PropertyFilterProps.Query;
    const tokens = found.tokens.filter((token) => typeof token.operator === "string" && typeof token.value === "string");
    return { tokens, operation: found.operation === "or" ? "or" : "and" };
  } catch {
    return { tokens: [], operation: "and" };
  }
}

/**
 * A list that comes from the server page by page.  A filter looks at what is there and has the rest fetched, since the
 * operations of IAM know no filter; page and filter are in the URL.
 */
export function EntityTable({ paged, columns, title, noun, description, actions, empty, trackBy, part = false }: Props) {
  const [start] = useState(() => read(window.location.hash).query);
  // The page that a link names: as long as it is not there, the last one that is there is shown.
  const [goal, setGoal] = useState(() => Math.max(1, Number(start.get("page") ?? 1) || 1));
  const filterable = columns.filter((column) => column.text);
  const rows = paged.items.map((item) => ({
    ...item,
    ...Object.fromEntries(filterable.map((column) => [`~${column.id}`, column.text!(item)])),
  }));
  const { items, collectionProps, propertyFilterProps, paginationProps, filteredItemsCount } = useCollection(rows as Json[], {
    propertyFiltering: {
      filteringProperties: filterable.map((column) => ({
        key: `~${column.id}`,
        propertyLabel: String(column.header),
        groupValuesLabel: `Values of ${column.header}`,
        operators: [":", "!:", "=", "!="],
      })),
      defaultQuery: queryFrom(start.get("filter")),
      empty: <Box textAlign="center" padding="l">{empty}</Box>,
      noMatch: <Box textAlign="center" padding="l">Nothing matches the filter.</Box>,
    },
    pagination: { pageSize: PER_PAGE, defaultPage: goal },
    sorting: {},
  });
  const filtering = propertyFilterProps.query.tokens.length > 0;
  const needed = Math.max(goal, paginationProps.currentPageIndex) * PER_PAGE >= paged.items.length;
  const { complete, loading, more } = paged;
  useEffect(() => {
    if (!complete && !loading && (filtering || needed)) {
      more();
    }
  });
  const counter = `(${filtering ? `${filteredItemsCount}/` : ""}${paged.items.length}${complete ? "" : "+"})`;
  return (
    <SpaceBetween size="m">
      <Problem error={paged.error} />
      <Table
        {...collectionProps}
        trackBy={trackBy}
        items={items}
        columnDefinitions={columns}
        loading={loading && paged.items.length === 0}
        loadingText={`Loading ${noun}s`}
        variant={part ? "container" : "full-page"}
        stickyHeader={!part}
        wrapLines
        enableKeyboardNavigation
        header={
          <Header variant={part ? "h2" : "awsui-h1-sticky"} counter={counter} description={description} actions={actions}>
            {title}
          </Header>
        }
        filter={
          <PropertyFilter
            {...propertyFilterProps}
            filteringPlaceholder={`Find ${noun}s`}
            filteringAriaLabel={`Find ${noun}s`}
            countText={`${filteredItemsCount} found${complete ? "" : " so far"}`}
            onChange={(event) => {
              setGoal(1);
              propertyFilterProps.onChange(event);
              const { tokens } = event.detail;
              setQuery({ filter: tokens.length ? JSON.stringify(event.detail) : null, page: null });
            }}
          />
        }
        pagination={
          <Pagination
            {...paginationProps}
            openEnd={!complete}
            onChange={(event) => {
              setGoal(1);
              paginationProps.onChange(event);
              setQuery({ page: event.detail.currentPageIndex === 1 ? null : String(event.detail.currentPageIndex) });
            }}
            onNextPageClick={(event) => {
              if (!event.detail.requestedPageAvailable) {
                more();
              }
            }}
            ariaLabels={{ nextPageLabel: "Next page", previousPageLabel: "Previous page", paginationLabel: title }}
          />
        }
      />
    </SpaceBetween>
  );
}
