import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { DashboardQueue } from '@octo-bots/queue';

type BoardRun = Awaited<ReturnType<BullMQAdapter['getJobs']>>[number];

/**
 * A queue whose *Retry* replays. BullMQ's own retry gives a run one more attempt, in which its ledger keeps back what another attempt
 * could not have helped: nothing would be called. Who presses the button means that the cause is mended.
 */
export class ReplayingAdapter extends BullMQAdapter {
  readonly #replay: DashboardQueue['replay'];

  constructor({ name, queue, replay }: DashboardQueue) {
    super(queue, { displayName: name });
    this.#replay = replay;
  }

  override async getJob(id: string): Promise<BoardRun | undefined> {
    const run = await super.getJob(id);
    return run && this.#replaying(run);
  }

  override async getJobs(...which: Parameters<BullMQAdapter['getJobs']>): Promise<BoardRun[]> {
    return (await super.getJobs(...which)).map((run) => this.#replaying(run));
  }

  #replaying(run: BoardRun): BoardRun {
    const replay = this.#replay;
    const { id } = run;
    if (replay === undefined || id === undefined) return run;
    // One that somebody else replayed meanwhile is where it should be: the board shows where.
    run.retry = async (state) => void (await replay(id, { fromStart: state === 'completed' }));
    return run;
  }
}
