import { describe, expect, it } from 'vitest';
import { historyOf, type TimelineEvent } from './history.ts';
import { item, policy } from './test-policy.ts';

const person = { by: 'mona', byBot: false, label: undefined, body: undefined };
const bot = { by: 'octo-bots[bot]', byBot: true, label: undefined, body: undefined };
const ourComment = { ...bot, event: 'commented', body: 'Stale.\n\n<!-- octo-bots:close-stale:marked -->' };

function tell(events: readonly Omit<TimelineEvent, 'at'>[], options: object = {}) {
  const at = events.map((event, n) => ({ ...event, at: 1000 + n * 1000 }));
  return historyOf(at, item({ createdAt: 500 }), policy({ 'close-after': 1, ...options }));
}

describe('the history of an item', () => {
  it('knows when it was marked: when it last got the label', () => {
    const label = { ...bot, event: 'labeled', label: 'Stale' };
    expect(tell([label, { ...bot, event: 'unlabeled', label: 'Stale' }, label]).markedAt).toBe(3000);
    expect(tell([{ ...label, label: 'bug' }]).markedAt).toBeUndefined();
  });

  it('counts no comment and no label of ours as activity, but those of other bots', () => {
    const mark = { ...bot, event: 'labeled', label: 'stale' };
    const ours = [ourComment, mark, { ...bot, event: 'labeled', label: 'gone' }];
    expect(tell(ours, { 'close-label': 'gone' }).activeSinceMark).toBeUndefined();
    expect(tell([...ours, { ...bot, event: 'labeled', label: 'x' }]).activeSinceMark).toMatch(/^octo-bots\[bot\] did/);
    expect(tell([mark, { ...person, event: 'commented' }]).activeSinceMark).toBe('mona commented');
  });

  it('sees what a person did between our comment and the label', () => {
    const mark = { ...bot, event: 'labeled', label: 'stale' };
    expect(tell([ourComment, { ...person, event: 'commented' }, mark]).activeSinceMark).toBe('mona commented');
    expect(tell([{ ...person, event: 'commented' }, ourComment, mark]).activeSinceMark).toBeUndefined();
  });

  it('takes our words in a person’s mouth for that person’s', () => {
    const mark = { ...bot, event: 'labeled', label: 'stale' };
    expect(tell([mark, { ...person, event: 'commented', body: ourComment.body }]).activeSinceMark).toBe(
      'mona commented',
    );
  });

  it('knows the last thing that a person did, however often bots came after', () => {
    const events = [
      { ...person, event: 'assigned' },
      { ...bot, event: 'commented' },
      { ...person, event: 'subscribed' },
    ];
    expect(tell(events).lastByPeople).toBe(1000);
    expect(tell(events, { 'bot-accounts': ['Mona'] }).lastByPeople).toBe(500);
    const mark = { ...bot, event: 'labeled', label: 'stale' };
    expect(tell([mark, { ...bot, event: 'commented' }], { activity: 'people' }).activeSinceMark).toBeUndefined();
  });
});
