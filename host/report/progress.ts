import pc from "picocolors";

const WIDTH = 24;
/** Nothing is drawn for a stage that ends within this time. */
const QUIET_MS = 1000;
const REDRAW_MS = 100;

/**
 * Shows how far a long stage is, on stderr. On a terminal a bar that is redrawn; elsewhere one plain
 * line when a stage that took over a second ends. `NO_COLOR` (non-empty) leaves out colours.
 */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #colours: ReturnType<typeof pc.createColors>;
  #stage = "";
  #note = "";
  #startMs = 0;
  #drawnMs = 0;
  #drawn = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: { stream?: NodeJS.WriteStream } = {}) {
    this.#stream = options.stream ?? process.stderr;
    this.#colours = pc.createColors(this.#stream.isTTY === true && !process.env.NO_COLOR);
  }

  /** @param fraction 0..1; 1 ends the stage @param note shown behind the stage's name */
  update(stage: string, fraction: number, note = ""): void {
    this.#note = note;
    const now = performance.now();
    if (stage !== this.#stage) {
      this.end();
      this.#stage = stage;
      this.#startMs = now;
    }
    const long = now - this.#startMs > QUIET_MS;
    if (this.#stream.isTTY && long && now - this.#drawnMs > REDRAW_MS) {
      this.#drawnMs = now;
      this.#draw(fraction);
    }
    if (fraction >= 1) this.end();
  }

  /** Starts a stage of which only the time that has passed is known. Ends with the next one. */
  busy(stage: string): void {
    this.end();
    this.#stage = stage;
    this.#startMs = performance.now();
    if (!this.#stream.isTTY) {
      this.#stream.write(`${stage}\n`);
      return;
    }
    this.#timer = setInterval(() => {
      const seconds = Math.floor((performance.now() - this.#startMs) / 1000);
      this.#stream.write(`\r\x1b[2K${this.#colours.cyan("…")} ${stage} ${seconds} s`);
      this.#drawn = true;
    }, REDRAW_MS);
    this.#timer.unref();
  }

  /** Ends the stage under way, if any. */
  end(): void {
    clearInterval(this.#timer);
    const seconds = (performance.now() - this.#startMs) / 1000;
    if (this.#drawn) this.#stream.write("\r\x1b[2K");
    if (this.#stage !== "" && seconds * 1000 > QUIET_MS) {
      this.#stream.write(
        `${this.#colours.dim(`${this.#stage}${this.#note}: ${seconds.toFixed(1)} s`)}\n`,
      );
    }
    this.#stage = "";
    this.#drawn = false;
  }

  #draw(fraction: number): void {
    const full = Math.round(Math.min(1, Math.max(0, fraction)) * WIDTH);
    const bar = this.#colours.cyan("█".repeat(full)) + this.#colours.dim("░".repeat(WIDTH - full));
    const percent = `${Math.floor(fraction * 100)}`.padStart(3);
    this.#stream.write(`\r\x1b[2K${bar} ${percent} % ${this.#stage}${this.#note}`);
    this.#drawn = true;
  }
}
