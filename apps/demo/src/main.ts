import { playDemo } from './demo.ts';
import { parseOptions, usage } from './options.ts';
import { Story } from './story.ts';

const parsed = parseOptions(process.argv.slice(2));
if ('help' in parsed) {
  console.log(usage);
} else if ('mistake' in parsed) {
  console.error(`${parsed.mistake}\n\n${usage}`);
  process.exitCode = 2;
} else {
  const story = new Story((line) => console.log(line));
  story.title('Octo Bots', 'a pull request, a bot, and a background job');
  try {
    process.exitCode = await playDemo(parsed.options, story);
  } catch (error) {
    // Something that the story does not know: what was expected of the machine did not hold.
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
