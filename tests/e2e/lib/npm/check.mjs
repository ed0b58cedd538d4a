// Reads JSON lines {"kind", "name", "body"} and asks each vendor's own checker about the body (a text); prints
// "NAME: why" for each one that it refuses. Kinds: discord, teams, slack, standard-webhooks (with "secret" and
// "headers"). Run where the packages of package.json are installed; see tests/e2e/payload-schemas.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Webhook } from 'standardwebhooks';
import * as discord from 'discord-api-spec/zod';

const AdaptiveCards = createRequire(import.meta.url)('adaptivecards/dist/adaptivecards.js');
const letters = (text) => [...(text ?? '')].length;
const cases = readFileSync(0, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
const say = (name, why) => console.log(`${name}: ${String(why).replace(/\s+/g, ' ')}`);

// Discord's schema, generated from its OpenAPI description, knows each field; what it says only in prose stands here.
function checkDiscord({ name, body }) {
  const message = JSON.parse(body);
  const result = discord.IncomingWebhookRequestPartialSchema.safeParse(message);
  if (!result.success) for (const issue of result.error.issues) say(name, `${issue.path.join('.')}: ${issue.message}`);
  let sum = 0;
  for (const embed of message.embeds ?? [])
    sum += letters(embed.title) + letters(embed.description) + letters(embed.footer?.text) + letters(embed.author?.name);
  if (sum > 6000) say(name, `all embeds together have ${sum} characters`);
  if (!message.content && !sum) say(name, 'an empty message');
}

// The renderer that Microsoft publishes: what it would pass over or complain of while reading the card.
function checkTeams({ name, body }) {
  if (Buffer.byteLength(body) > 28 * 1024) say(name, 'over 28 KB');
  for (const { contentType, content } of JSON.parse(body).attachments) {
    if (contentType !== 'application/vnd.microsoft.card.adaptive') say(name, contentType);
    const card = new AdaptiveCards.AdaptiveCard();
    const context = new AdaptiveCards.SerializationContext();
    card.parse(content, context);
    for (let i = 0; i < context.eventCount; i++) say(name, context.getEventAt(i).message);
    for (const event of card.validateProperties().validationEvents) say(name, event.message);
    if (card.getItemCount() !== content.body.length) say(name, 'a part of the card was not understood');
  }
}

// Slack publishes its blocks as types: the compiler checks all messages as literals in one run.
function checkSlack(all) {
  if (!all.length) return;
  const lines = [
    "import type { KnownBlock } from '@slack/types';",
    'type Message = { text: string; blocks: KnownBlock[]; unfurl_links: boolean; unfurl_media: boolean; link_names: boolean };',
    'export const take = (messages: Message[]) => messages.length;',
  ];
  const first = lines.length + 1;
  for (const { body } of all) lines.push(`take([${body}]);`);
  writeFileSync('slack.ts', lines.join('\n'));
  const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '--noEmit', '--strict', '--skipLibCheck', '--target',
    'es2022', '--module', 'nodenext', '--moduleResolution', 'nodenext', 'slack.ts'], { encoding: 'utf8' });
  if (!tsc.status) return;
  for (const line of tsc.stdout.split('\n').filter(Boolean)) {
    const at = /^slack\.ts\((\d+),/.exec(line);
    say(at ? all[at[1] - first]?.name : 'slack', line);
  }
}

function checkSignature({ name, body, secret, headers }) {
  try {
    new Webhook(secret).verify(body, headers);
  } catch (error) {
    say(name, error.message);
  }
}

const kinds = { discord: checkDiscord, teams: checkTeams, 'standard-webhooks': checkSignature };
for (const one of cases) kinds[one.kind]?.(one);
checkSlack(cases.filter(({ kind }) => kind === 'slack'));
