// The process of the image `demo`: see docker-compose.yml, profile `demo`.
import { writeFile } from 'node:fs/promises';
import { playInCompose } from './compose.ts';
import { Story } from './story.ts';
import { untilAsked } from './until-asked.ts';

const { GITHUB_URL, INGRESS_URL, CONFIG_DIR, OUTSIDE_GITHUB, OUTSIDE_DASHBOARD } = process.env;
const url = new URL(GITHUB_URL ?? 'http://github:4000');
const options = {
  url,
  ingress: INGRESS_URL ?? 'http://ingress:8080',
  configDir: CONFIG_DIR ?? '/demo',
  outside: {
    github: `http://${OUTSIDE_GITHUB ?? url.host}`,
    dashboard: `http://${OUTSIDE_DASHBOARD ?? 'dashboard:8080'}`,
  },
};
// Asked while the story is under way, it ends as well.
const asked = untilAsked();
const story = new Story((line) => console.log(line));
story.title('Octo Bots', 'a pull request, a bot, and a background job');
const played = playInCompose(options, story, {
  onReady: () => writeFile('/tmp/ready', ''),
  untilAsked: () => asked,
});
process.exit(await Promise.race([played, asked.then(() => 0)]));
