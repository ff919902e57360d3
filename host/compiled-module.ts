import { join } from "node:path";
import { packageRoot } from "./package-root.ts";

/**
 * JavaScript of a module of host/, named by its path there. Worker threads and child processes start from a file that
 * Node can run by itself; when the tests run the TypeScript sources, that is the file in dist/.
 */
export const compiledModule = (name: string): string =>
  join(packageRoot, "dist", "host", `${name}.js`);
