// The console's own colors, in place of Cloudscape's: for light and for dark.  Its names of colors end in digests of their
// own, and are read from its style sheets.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const ACCENT = { light: ["#00695c", "#004d43", "#00362f"], dark: ["#4fd1bd", "#7fe0d1", "#aef0e5"] };
/** Which shade each color is, in the light and in the dark. */
const COLORS = {
  "background-button-primary-default": [0, 0],
  "background-button-primary-hover": [1, 1],
  "background-button-primary-active": [2, 1],
  "border-button-normal-default": [0, 0],
  "border-button-normal-hover": [1, 1],
  "border-button-normal-active": [2, 1],
  "text-button-normal-default": [0, 0],
  "text-button-normal-hover": [1, 1],
  "text-button-normal-active": [2, 1],
  "text-button-inline-icon-default": [0, 0],
  "text-button-inline-icon-hover": [1, 1],
  "text-link-default": [0, 0],
  "text-link-hover": [1, 1],
  "text-link-primary-default": [0, 0],
  "text-accent": [0, 0],
  "background-control-checked": [0, 0],
  "border-item-focused": [0, 0],
  "border-item-selected": [0, 0],
  "border-tabs-underline": [0, 0],
  "background-tabs-selected-default": [0, 0],
};

export function theme() {
  const components = dirname(createRequire(import.meta.url).resolve("@cloudscape-design/components/package.json"));
  const sheet = readFileSync(join(components, "internal/base-theme/styles.scoped.css"), "utf8");
  const of = (mode) =>
    Object.entries(COLORS)
      .flatMap(([name, shades]) => {
        const found = new RegExp(`--color-${name}-[a-z0-9]{6}(?=:)`).exec(sheet);
        return found ? [`${found[0]}: ${ACCENT[mode][shades[mode === "light" ? 0 : 1]]};`] : [];
      })
      .join(" ");
  const body = "html body";
  return `${body} { ${of("light")} } html body.awsui-dark-mode { ${of("dark")} }`;
}
