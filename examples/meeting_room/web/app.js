// SPDX-License-Identifier: MIT
// The page: one stream, the sessions of all meetings; who is invited is read again whenever a session changes. A browser has
// six connections to a host for all its windows, so each window keeps one. What is clicked here is sent to the server and
// shown when it comes back on the stream, as in all other windows.
import {showConnection} from './connection.js';
import {element, make, say} from './element.js';
import {client} from './service.js';

const sessions = client.open('MeetingSession'); // of meetings, by id
const attendances = new Map(); // of tickets, by id
let meeting = new URL(location.href).searchParams.get('meeting') ?? '';

// ---- What the server says ----

sessions.onChange(() => {
  drawSessions();
  readAttendances().catch((error) => tellTrouble(error.message));
});
sessions.onError((errors) => console.warn('rows that could not be computed', errors));
sessions.onStatus(showConnection(() => sessions));

let asked = 0;
async function readAttendances() {
  const mine = ++asked;
  const {results} = await client.request('GET', 'v1/views/Attendance');
  if (mine !== asked) return; // a later answer is on its way
  attendances.clear();
  for (const [id, attendance] of Object.entries(results)) attendances.set(id, attendance);
  drawTickets();
}

// ---- What is shown ----

/** Brings the children of a list in line with `items`, keeping those that stay, so that nothing flickers and focus stays. */
function fill(list, items, keyOf, makeItem, drawItem) {
  const old = new Map([...list.children].map((child) => [child.dataset.key, child]));
  let at = list.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    const child = old.get(key) ?? makeItem(item);
    child.dataset.key = key;
    old.delete(key);
    drawItem(child, item);
    if (child !== at) list.insertBefore(child, at);
    else at = at.nextElementSibling;
  }
  for (const child of old.values()) child.remove();
}

const initials = (name) => name.split(' ').map((part) => [...part][0] ?? '').join('').slice(0, 2).toUpperCase();
const hue = (name) => [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 8, 7);
const part = (child, name) => child.querySelector(`.${name}`);

function person() {
  return make('li', {className: 'person'}, make('span', {className: 'avatar', ariaHidden: 'true'}),
    make('span', {className: 'name'}), make('span', {className: 'organization muted'}), make('span', {className: 'aid'}));
}

function drawPerson(child, {name, organization, hearing_aid_requested: aid}) {
  say(part(child, 'avatar'), initials(name));
  part(child, 'avatar').dataset.hue = hue(name);
  say(part(child, 'name'), name);
  say(part(child, 'organization'), organization);
  say(part(child, 'aid'), aid ? 'hearing aid' : '');
}

function drawSessions() {
  if (!sessions.has(meeting)) meeting = [...sessions.keys()][0] ?? '';
  fill(element('meetings'), [...sessions.keys()], String,
    (id) => make('li', {}, make('button', {type: 'button', onclick: () => choose(id)})),
    (child, id) => {
      const button = child.firstElementChild;
      say(button, id.replaceAll('_', ' '));
      button.ariaCurrent = String(id === meeting);
    });
  element('meetings').parentElement.hidden = sessions.size < 2;
  const session = sessions.value(meeting);
  element('session').dataset.state = session ? (session.inSession ? 'in-session' : 'closed') : 'none';
  element('main').removeAttribute('aria-busy');
  element('in-session').disabled = !session;
  say(element('in-session'), session?.inSession ? 'Close the meeting' : 'Open the meeting');
  say(element('state'), session ? (session.inSession ? 'In session' : 'Not in session') : 'No meeting');
  say(element('address'), session?.address ?? 'There is no meeting yet');
  say(element('place'), session ? `${session.latitude.toFixed(6)}°, ${session.longitude.toFixed(6)}°` : '');
  const attending = session?.attending ?? [];
  say(element('attending-count'), String(attending.length));
  say(element('hearing-aids'), String(session?.numHearingAidRequested ?? 0));
  say(element('organizations'), String(new Set(attending.map((each) => each.organization)).size));
  fill(element('attending'), attending, (each) => each.name, person, drawPerson);
  say(element('attending-note'), attending.length ? '' : 'Nobody is here.');
  drawTickets();
}

function drawTickets() {
  const tickets = [...attendances].filter(([, each]) => each.meeting === meeting)
    .sort(([, a], [, b]) => a.user.localeCompare(b.user));
  fill(element('tickets'), tickets, ([id]) => id, ([id]) => {
    const input = make('input', {type: 'checkbox', id: `ticket-${id}`});
    input.setAttribute('role', 'switch');
    input.addEventListener('change', () => attend(id, input));
    return make('li', {className: 'ticket'}, make('label', {htmlFor: input.id}, make('span', {className: 'avatar', ariaHidden: 'true'}),
      make('span', {className: 'name'}), make('span', {className: 'role muted'})), input);
  }, (child, [, ticket]) => {
    say(part(child, 'avatar'), initials(ticket.name));
    part(child, 'avatar').dataset.hue = hue(ticket.name);
    say(part(child, 'name'), ticket.name);
    say(part(child, 'role'), `${ticket.role}${ticket.user === element('viewer').value ? ' (you)' : ''}`);
    child.querySelector('input').checked = ticket.attendance;
    child.classList.toggle('you', ticket.user === element('viewer').value);
  });
  drawViewers();
}

function drawViewers() {
  const select = element('viewer');
  const users = new Map([...attendances.values()].map((each) => [each.user, each.name]));
  const wanted = ['', ...[...users.keys()].sort()];
  if ([...select.options].map((option) => option.value).join() === wanted.join()) return;
  const chosen = select.value || new URL(location.href).searchParams.get('user') || '';
  select.replaceChildren(...wanted.map((id) => new Option(id ? users.get(id) : 'a visitor', id, false, id === chosen)));
}

// ---- What is clicked ----

function choose(id) {
  meeting = id;
  drawSessions();
}

let troubleTimer = 0;
function tellTrouble(text) {
  const toast = element('trouble');
  say(toast, text);
  toast.hidden = false;
  clearTimeout(troubleTimer);
  troubleTimer = setTimeout(() => (toast.hidden = true), 6000);
}

/** Does what was asked for; if the server does not want to, says why and shows again what is true. */
async function ask(work) {
  try {
    await work();
    element('trouble').hidden = true;
  } catch (error) {
    tellTrouble(error.status ? error.message : 'The server cannot be reached.');
    drawSessions();
  }
}

const attend = (id, input) =>
  ask(async () => {
    await client.request('PATCH', `v1/views/Attendance/${encodeURIComponent(id)}`, {attendance: input.checked});
    await readAttendances();
  });

element('in-session').addEventListener('click', () =>
  ask(() => client.request('PATCH', `meeting_sessions/${encodeURIComponent(meeting)}`, {inSession: !sessions.value(meeting).inSession})));

element('invite').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = event.target;
  const {firstName, lastName, organization, hearingAidRequested} = form.elements;
  ask(async () => {
    await client.request('POST', 'v1/forms/Invitation', {
      meeting, firstName: firstName.value, lastName: lastName.value, organization: organization.value,
      hearingAidRequested: hearingAidRequested.checked,
    });
    form.reset();
  });
});

element('viewer').addEventListener('change', drawTickets);
