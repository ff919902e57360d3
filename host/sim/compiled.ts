import { join } from "node:path";
import { packageRoot } from "../package-root.ts";

/**
 * JavaScript of a module in a folder of host, this one if not named. Worker threads and child processes start from a file that
 * Node can run by itself; when the tests run the TypeScript sources, that is the file in dist/.
 */
export const compiledModule = (name: string, folder = "sim"): string =>
  join(packageRoot, "dist", "host", folder, `${name}.js`);
