import { useCollection } from "@cloudscape-design/collection-hooks";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import PropertyFilter, { type PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { type ReactNode, useEffect } from "react";

import type { Json } from "../lib/api";
import type { Paged } from "../lib/load";
import { setQuery, useRoute } from "../lib/route";
import { Problem } from "./Problem";

const PER_PAGE = 50;

export interface Column extends TableProps.ColumnDefinition<Json> {
  id: string;
  /** The text that a filter looks at; nothing for what cannot be filtered by. */
  text?: (item: Json) => string;
}

type Sorting = TableProps.SortingState<Json>;

export interface EntityTableProps {
  paged: Paged;
  columns: Column[];
  title: string;
  /** One of them, in lower case. */
  noun: string;
  /** Several of them, where that is not the noun with an s. */
  plural?: string;
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

function sortingFrom(text: string | null, columns: Column[]): Sorting | undefined {
  const isDescending = text?.startsWith("-") ?? false;
  const sortingColumn = columns.find((column) => column.sortingField && column.id === text?.slice(isDescending ? 1 : 0));
  return sortingColumn && { sortingColumn, isDescending };
}

function textOf({ sortingColumn, isDescending }: Sorting, columns: Column[]): string | null {
  const id = columns.find((column) => column.sortingField && column.sortingField === sortingColumn.sortingField)?.id;
  return id ? `${isDescending ? "-" : ""}${id}` : null;
}

/**
 * A list that comes from the server page by page.  A filter and an order look at what is there and have the rest fetched, since
 * the operations of IAM know neither; page, filter and order are in the URL, and follow it.
 */
export function EntityTable({ paged, columns, title, noun, plural = `${noun}s`, description, actions, empty, trackBy, part = false }: EntityTableProps) {
  const { query } = useRoute();
  const [filter, order] = [query.get("filter"), query.get("sort")];
  // The page that the address names: as long as it is not there, the last one that is there is shown.
  const goal = Math.max(1, Math.floor(Number(query.get("page") ?? 1)) || 1);
  const filterable = columns.filter((column) => column.text);
  const rows = paged.items.map((item) => ({
    ...item,
    ...Object.fromEntries(filterable.map((column) => [`~${column.id}`, column.text!(item)])),
  }));
  const { items, actions: table, collectionProps, propertyFilterProps, paginationProps, filteredItemsCount } = useCollection(rows as Json[], {
    propertyFiltering: {
      filteringProperties: filterable.map((column) => ({
        key: `~${column.id}`,
        propertyLabel: String(column.header),
        groupValuesLabel: `Values of ${column.header}`,
        operators: [":", "!:", "=", "!="],
      })),
      defaultQuery: queryFrom(filter),
      empty: <Box textAlign="center" padding="l">{empty}</Box>,
      noMatch: (
        <Box textAlign="center" padding="l">
          <SpaceBetween size="s"><span>Nothing matches the filter.</span><Button onClick={() => setQuery({ filter: null, page: null }, "step")}>Clear the filter</Button></SpaceBetween>
        </Box>
      ),
    },
    pagination: { pageSize: PER_PAGE, defaultPage: goal },
    sorting: { defaultState: sortingFrom(order, columns) },
  });
  // Back, forward and links change the address alone.
  useEffect(() => {
    const wanted = queryFrom(filter);
    if (JSON.stringify(wanted) !== JSON.stringify(queryFrom(JSON.stringify(propertyFilterProps.query)))) {
      table.setPropertyFiltering(wanted);
    }
    const { sortingColumn, sortingDescending = false } = collectionProps;
    const sorting = sortingFrom(order, columns);
    if (order !== (sortingColumn ? textOf({ sortingColumn, isDescending: sortingDescending }, columns) : null)) {
      table.setSorting(sorting ?? { sortingColumn: {} });
    }
    table.setCurrentPage(goal);
    // Only when the address has changed: what is shown else is what somebody has just chosen.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [filter, order, goal]);
  const filtering = propertyFilterProps.query.tokens.length > 0;
  const ordered = sortingFrom(order, columns) !== undefined;
  const needed = Math.max(goal, paginationProps.currentPageIndex) * PER_PAGE >= paged.items.length;
  const { complete, loading, more } = paged;
  useEffect(() => {
    if (!complete && !loading && (filtering || ordered || needed)) {
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
        loadingText={`Loading ${plural}`}
        onSortingChange={(event) => setQuery({ sort: textOf(event.detail, columns), page: null }, "step")}
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
            filteringPlaceholder={`Find ${plural}`}
            filteringAriaLabel={`Find ${plural}`}
            countText={`${filteredItemsCount} found${complete ? "" : " so far"}`}
            onChange={(event) => {
              const { tokens, operation } = event.detail;
              setQuery({ filter: tokens.length ? JSON.stringify({ tokens, operation }) : null, page: null }, "step");
            }}
          />
        }
        pagination={
          <Pagination
            {...paginationProps}
            openEnd={!complete}
            onChange={(event) => setQuery({ page: event.detail.currentPageIndex === 1 ? null : String(event.detail.currentPageIndex) }, "step")}
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
