import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import PropertyFilter, { type PropertyFilterProps } from "@cloudscape-design/components/property-filter";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import { type ReactNode, useEffect } from "react";

import type { Json } from "../lib/api";
import { type Answer, usePages } from "../lib/pages";
import { setQuery, useRoute } from "../lib/route";
import { Problem } from "./Problem";

const PER_PAGE = 50;
/** How many pages are asked for to show the one that a link names. */
const MOST_PAGES = 100;
const SPANS: { value: string; label: string; seconds?: number }[] = [
  { value: "hour", label: "Last hour", seconds: 3600 },
  { value: "day", label: "Last 24 hours", seconds: 86400 },
  { value: "week", label: "Last 7 days", seconds: 7 * 86400 },
  { value: "all", label: "All that is kept" },
];

export interface Property {
  /** As the server calls it, and the URL. */
  id: string;
  label: string;
  /** What there is to choose from; whatever is typed otherwise. */
  options?: string[];
}

interface Props {
  title: string;
  noun: string;
  description: ReactNode;
  properties: Property[];
  columns: TableProps.ColumnDefinition<Json>[];
  actions?: ReactNode;
  empty: ReactNode;
  /** A property of which one value, or `all`, is chosen with a click. */
  choice?: { id: string; label: string; options: { id: string; text: string }[] };
  ask: (filters: Json) => Promise<Answer>;
}

/**
 * What has happened, the newest first: the server filters, and tells it page by page.  Filters, the time and the page are in
 * the URL, and follow it; a property is asked for once.
 */
export function RecordTable({ title, noun, description, properties, columns, actions, empty, choice, ask }: Props) {
  const { query: address } = useRoute();
  const filters: Record<string, string> = Object.fromEntries(properties.flatMap(({ id }) => (address.get(id) ? [[id, address.get(id)!]] : [])));
  const span = SPANS.find((each) => each.value === address.get("time")) ?? SPANS[1];
  const page = Math.max(1, Math.floor(Number(address.get("page") ?? 1)) || 1);
  const key = JSON.stringify([filters, span.value]);
  const found = usePages(
    (after, limit) => {
      const since = span.seconds ? { since: new Date(Date.now() - span.seconds * 1000).toISOString() } : {};
      return ask({ ...filters, ...since, limit, ...(after === null ? {} : { after }) });
    },
    key,
    PER_PAGE,
  );
  const shown = Math.min(page, Math.max(1, found.pages.length));
  const { complete, loading, more } = found;
  // The page that a link names, or that one goes back to, is asked for with those before it.
  useEffect(() => {
    if (page > found.pages.length && found.pages.length < MOST_PAGES && !complete && !loading) {
      more();
    }
  });
  const change = (next: Record<string, string>, time: typeof span): void => {
    setQuery({ ...Object.fromEntries(properties.map(({ id }) => [id, next[id] ?? null])), time: time === SPANS[1] ? null : time.value, page: null }, "step");
  };
  const turn = (to: number): void => setQuery({ page: to === 1 ? null : String(to) }, "step");
  const query: PropertyFilterProps.Query = {
    operation: "and",
    tokens: Object.entries(filters).map(([propertyKey, value]) => ({ propertyKey, operator: ":", value })),
  };
  const count = found.pages.reduce((sum, each) => sum + each.length, 0);
  const filtering = Object.keys(filters).length > 0;
  return (
    <SpaceBetween size="m">
      <Problem error={found.error} />
      <Table
        variant="full-page"
        stickyHeader
        wrapLines
        enableKeyboardNavigation
        items={found.pages[shown - 1] ?? []}
        columnDefinitions={columns}
        loading={found.loading && (found.pages.length === 0 || page > found.pages.length)}
        loadingText={`Loading ${noun}s`}
        empty={
          <Box textAlign="center" padding="l">
            {filtering || span.seconds ? (
              <SpaceBetween size="s">
                <span>{found.complete ? `No ${noun} matches.` : `No ${noun} so far, and there are older ones.`}</span>
                {found.complete ? <Button onClick={() => change({}, SPANS[3])}>Show all that is kept</Button> : <Button onClick={found.more}>Look further back</Button>}
              </SpaceBetween>
            ) : empty}
          </Box>
        }
        header={
          <Header
            variant="awsui-h1-sticky"
            counter={`(${count}${found.complete ? "" : "+"})`}
            description={description}
            actions={<SpaceBetween direction="horizontal" size="xs">{actions}<Button iconName="refresh" ariaLabel="Refresh" onClick={() => { setQuery({ page: null }); found.reload(); }} /></SpaceBetween>}
          >
            {title}
          </Header>
        }
        filter={
          <SpaceBetween size="xs">
          {choice && (
            <SegmentedControl
              label={choice.label}
              options={choice.options}
              selectedId={choice.options.some(({ id }) => id === filters[choice.id]) ? filters[choice.id] : filters[choice.id] ? null : "all"}
              onChange={(event) => {
                const { [choice.id]: _, ...others } = filters;
                change(event.detail.selectedId === "all" ? others : { ...others, [choice.id]: event.detail.selectedId }, span);
              }}
            />
          )}
          <div className="iamd-filter">
            <PropertyFilter
              query={query}
              onChange={(event) => {
                // What is typed without a property is about the first one; of two of one property the later is meant.
                const next = event.detail.tokens.map((token) => [token.propertyKey ?? properties[0].id, String(token.value)]);
                change(Object.fromEntries(next), span);
              }}
              hideOperations
              filteringProperties={properties.map(({ id, label }) => ({ key: id, propertyLabel: label, groupValuesLabel: `Values of ${label}`, operators: [":"] }))}
              filteringOptions={properties.flatMap(({ id, options }) => (options ?? []).map((value) => ({ propertyKey: id, value })))}
              filteringPlaceholder={`Find ${noun}s`}
              filteringAriaLabel={`Find ${noun}s`}
            />
            <Select
              selectedOption={span}
              options={SPANS}
              ariaLabel="Time"
              onChange={(event) => change(filters, SPANS.find((each) => each.value === event.detail.selectedOption.value) ?? SPANS[1])}
            />
          </div>
          </SpaceBetween>
        }
        pagination={
          <Pagination
            currentPageIndex={shown}
            pagesCount={Math.max(1, found.pages.length)}
            openEnd={!found.complete}
            onChange={(event) => turn(event.detail.currentPageIndex)}
            onNextPageClick={(event) => {
              if (!event.detail.requestedPageAvailable) {
                found.more();
              }
            }}
            ariaLabels={{ nextPageLabel: "Next page", previousPageLabel: "Previous page", paginationLabel: title }}
          />
        }
      />
    </SpaceBetween>
  );
}
