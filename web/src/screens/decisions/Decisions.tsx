import type { Route } from "../../lib/route";
import { Change } from "./Change";
import { DecisionLog } from "./DecisionLog";
import { Explained } from "./Explained";

export default function Decisions({ route }: { route: Route }) {
  const [, id, part, step] = route.parts;
  if (id === undefined) {
    return <DecisionLog />;
  }
  return part === "change" ? <Change key={`${id} ${step}`} id={id} step={Number(step)} /> : <Explained key={id} id={id} />;
}
