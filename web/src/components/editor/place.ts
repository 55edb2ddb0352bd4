// Where in a policy the cursor is: told from the text before it, whatever is wrong with the rest.

export interface Place {
  /** The names of the members around the cursor; lists have none. */
  path: string[];
  /** Whether a name is being typed, and not a value. */
  naming: boolean;
  /** What is typed of it. */
  typed: string;
}

interface Frame {
  list: boolean;
  /** The member whose value is next, or is being typed. */
  name: string | null;
}

/** Returns the place, or null where no text is being typed. */
export function placeOf(before: string): Place | null {
  const frames: Frame[] = [];
  let opened = -1;
  let last = "";
  for (let at = 0; at < before.length; at += 1) {
    const character = before[at];
    if (opened >= 0) {
      if (character === "\\") {
        at += 1;
      } else if (character === '"') {
        last = before.slice(opened + 1, at);
        opened = -1;
      }
      continue;
    }
    const frame = frames[frames.length - 1];
    switch (character) {
      case '"':
        opened = at;
        break;
      case "{":
      case "[":
        frames.push({ list: character === "[", name: null });
        break;
      case "}":
      case "]":
        frames.pop();
        break;
      case ":":
        if (frame) {
          frame.name = last;
        }
        break;
      case ",":
        if (frame && !frame.list) {
          frame.name = null;
        }
        break;
    }
  }
  const inner = frames[frames.length - 1];
  if (opened < 0 || inner === undefined) {
    return null;
  }
  return {
    path: frames.flatMap((frame) => (frame.name === null ? [] : [frame.name])),
    naming: !inner.list && inner.name === null,
    typed: before.slice(opened + 1),
  };
}
