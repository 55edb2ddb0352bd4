import type { ReactNode } from "react";

/** Puts two things side by side where there is room, else one below the other. */
export function Beside({ children, second }: { children: ReactNode; second: ReactNode }) {
  return (
    <div className="iamd-beside">
      <div>
        <div>{children}</div>
        <div>{second}</div>
      </div>
    </div>
  );
}
