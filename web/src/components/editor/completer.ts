// What may be meant by what is being typed: the elements of policies are known here, all other names to the server.

import { type Ace, Range } from "ace-builds";

import { type Json, own } from "../../lib/api";
import { type Place, placeOf } from "./place";

const ELEMENTS = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
const PRINCIPALS = ["AWS", "Federated", "Service", "CanonicalUser"];

interface Names {
  names: Ace.Completion[];
  /** Whether there are more than these. */
  more: boolean;
}

function known(names: string[], about: string): Names {
  return { names: names.map((name) => ({ value: name, caption: name, meta: about, score: 0 })), more: false };
}

async function asked(wanted: string, typed: string): Promise<Names> {
  const answer = await own("CompleteName", { wanted, typed: typed.slice(0, 256) });
  return {
    names: answer.names.map((each: Json, number: number) => ({
      value: each.name,
      caption: each.name,
      meta: each.about,
      docText: each.description || undefined,
      score: -number,
    })),
    more: answer.more,
  };
}

async function namesAt({ path, naming, typed }: Place): Promise<Names> {
  const [parent, above] = [path[path.length - 1], path[path.length - 2]];
  if (!naming) {
    if (parent === "Action" || parent === "NotAction") {
      return asked("action", typed);
    }
    return parent === "Effect" ? known(["Allow", "Deny"], "Effect") : parent === "Version" ? known(["2012-10-17"], "Version") : known([], "");
  }
  if (parent === "Condition") {
    return asked("operator", typed);
  }
  if (above === "Condition") {
    return asked("conditionKey", typed);
  }
  if (parent === "Principal" || parent === "NotPrincipal") {
    return known(PRINCIPALS, "Principal");
  }
  return parent === "Statement" ? known(ELEMENTS, "Element") : parent === undefined ? known(["Version", "Id", "Statement"], "Element") : known([], "");
}

/** Returns where the cursor is, and null where no text is being typed. */
function placeIn(editor: Ace.Editor): Place | null {
  const { row, column } = editor.getCursorPosition();
  const lines = editor.session.getLines(0, row);
  lines[row] = lines[row].slice(0, column);
  return placeOf(lines.join("\n"));
}

/** Returns a completer, and lets the editor ask again where its answer was not all there is. */
export function completing(editor: Ace.Editor): Ace.Completer {
  let more = false;
  // Which question is the newest, or whether nothing is wanted any more.
  let wanted = 0;
  const again = (): void => {
    // What the editor narrows by itself is only what it has been given.
    const completer = (editor as Ace.Editor & { completer?: { detach: () => void } }).completer;
    completer?.detach();
    editor.execCommand("startAutocomplete");
  };
  editor.commands.on("afterExec", ({ command, args }: { command: { name?: string }; args: unknown }) => {
    if (command.name === "insertstring" && (more || args === ":") && placeIn(editor)?.typed) {
      more = false;
      window.setTimeout(again, 0);
    }
  });
  const completer: Ace.Completer = {
    id: "policies",
    identifierRegexps: [/[^\s"]/],
    cancel: () => {
      wanted += 1;
    },
    getCompletions: (_editor, _session, _position, _prefix, done) => {
      const place = placeIn(editor);
      if (place === null) {
        done(null, []);
        return;
      }
      wanted += 1;
      const mine = wanted;
      namesAt(place).then(
        (found) => {
          more = found.more;
          // What came while the server was asked may begin other names than it has told; an empty list would end it.
          const typed = placeIn(editor)?.typed.toLowerCase();
          const told = !more && found.names.some((name) => name.caption?.toLowerCase().startsWith(typed ?? ""));
          if (typed !== place.typed.toLowerCase() && !told) {
            if (mine === wanted) {
              again();
            }
            return;
          }
          done(null, found.names.map((name) => ({ ...name, completer })));
        },
        () => done(null, []),
      );
    },
    // In the place of all that is typed, also of what came while the server was asked.
    insertMatch: (_editor, completion) => {
      const name = (completion as { value?: string }).value ?? "";
      const typed = placeIn(editor)?.typed ?? "";
      const { row, column } = editor.getCursorPosition();
      editor.session.replace(new Range(row, column - typed.length, row, column), name);
      if (name.endsWith(":")) {
        window.setTimeout(again, 0);
      }
    },
  };
  return completer;
}
