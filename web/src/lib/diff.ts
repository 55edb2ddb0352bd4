// The difference of two texts, line by line.

export interface DiffLine {
  sign: " " | "-" | "+";
  text: string;
  /** Its numbers in either text, from 1. */
  before?: number;
  after?: number;
}

const MOST_CELLS = 4_000_000;

/** Returns all lines of both, those that they share once: the fewest signs that do. */
export function diffLines(one: string, other: string): DiffLine[] {
  const [first, second] = [one.split("\n"), other.split("\n")];
  let start = 0;
  while (start < first.length && start < second.length && first[start] === second[start]) {
    start += 1;
  }
  let end = 0;
  while (end < first.length - start && end < second.length - start && first[first.length - 1 - end] === second[second.length - 1 - end]) {
    end += 1;
  }
  const [olds, news] = [first.slice(start, first.length - end), second.slice(start, second.length - end)];
  const signs = [...first.slice(0, start).map(() => " "), ...middle(olds, news), ...first.slice(first.length - end).map(() => " ")];
  let [before, after] = [0, 0];
  return signs.map((sign): DiffLine => {
    switch (sign) {
      case "-":
        before += 1;
        return { sign, text: first[before - 1], before };
      case "+":
        after += 1;
        return { sign, text: second[after - 1], after };
      default:
        before += 1;
        after += 1;
        return { sign: " ", text: first[before - 1], before, after };
    }
  });
}

/** Returns the signs for lines of which neither the first nor the last are alike: by the longest common subsequence. */
function middle(olds: string[], news: string[]): string[] {
  const [height, width] = [olds.length, news.length];
  if (height * width > MOST_CELLS) {
    return [...olds.map(() => "-"), ...news.map(() => "+")];
  }
  const row = width + 1;
  const longest = new Uint16Array((height + 1) * row);
  for (let i = height - 1; i >= 0; i -= 1) {
    for (let j = width - 1; j >= 0; j -= 1) {
      const at = i * row + j;
      longest[at] = olds[i] === news[j] ? longest[at + row + 1] + 1 : Math.max(longest[at + row], longest[at + 1]);
    }
  }
  const signs: string[] = [];
  let [i, j] = [0, 0];
  while (i < height || j < width) {
    if (i < height && j < width && olds[i] === news[j]) {
      signs.push(" ");
      i += 1;
      j += 1;
    } else if (i < height && (j === width || longest[(i + 1) * row + j] >= longest[i * row + j + 1])) {
      signs.push("-");
      i += 1;
    } else {
      signs.push("+");
      j += 1;
    }
  }
  return signs;
}

const AROUND = 3;

/** Returns the lines in runs; what is alike and far from any sign is left out, and told by how many lines that is. */
export function runsOf(lines: DiffLine[]): (DiffLine | number)[] {
  const near = new Uint8Array(lines.length);
  lines.forEach((line, at) => {
    if (line.sign !== " ") {
      near.fill(1, Math.max(0, at - AROUND), at + AROUND + 1);
    }
  });
  const runs: (DiffLine | number)[] = [];
  lines.forEach((line, at) => {
    const last = runs[runs.length - 1];
    if (near[at]) {
      runs.push(line);
    } else if (typeof last === "number") {
      runs[runs.length - 1] = last + 1;
    } else {
      runs.push(1);
    }
  });
  return runs;
}
