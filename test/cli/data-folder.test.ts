/**
 * `--fresh` deletes. What it deletes follows from the folder, whatever a file in it says, and who
 * wrote that file.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test, vi } from 'vitest'
import { DataFolder, type FolderWish } from '../../src/cli/local/data-folder.js'
import { identify } from '../../src/process/process-table.js'
import type { Owner } from '../support/owner.js'
import { scratchFolder } from '../support/scratch.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const isRoot = process.geteuid?.() === 0
const nobody = 65_534

function wishFor(path: string, more: Partial<FolderWish> = {}): FolderWish {
  return { path, fresh: false, replicas: null, postgres: 'embedded', ...more }
}

/** A folder as a cluster of Berth leaves it, and what is beside it. */
function ground(t: Owner) {
  const scratch = realpathSync(scratchFolder(t))
  const path = join(scratch, 'data')
  const precious = join(scratch, 'precious')
  mkdirSync(precious)
  writeFileSync(join(precious, 'thesis.txt'), 'years of work')
  const folder = new DataFolder(wishFor(path))
  folder.begin()
  mkdirSync(join(path, 'postgres'))
  writeFileSync(join(path, 'postgres', 'PG_VERSION'), '18')
  writeFileSync(join(path, 'pgpass'), 'secret')
  mkdirSync(join(path, 'log'))
  folder.update({ complete: true, postgresHome: path })
  folder.close()
  const mark = join(path, 'berth.json')
  const forge = (more: object) => {
    writeFileSync(mark, JSON.stringify({ ...JSON.parse(readFileSync(mark, 'utf8')), ...more }))
  }
  /** A start with `--fresh` that comes to its end. */
  const fresh = () => {
    const opened = new DataFolder(wishFor(path, { fresh: true }))
    opened.begin()
    opened.update({ complete: true })
    opened.close()
  }
  const intact = () => {
    expect(readFileSync(join(precious, 'thesis.txt'), 'utf8')).toBe('years of work')
  }
  return { scratch, path, precious, mark, forge, fresh, intact }
}

test('--fresh empties a folder of Berth, and no other one', (t) => {
  const { path, precious, fresh, intact } = ground(t)
  fresh()
  expect(readdirSync(path).filter((name) => !name.startsWith('lock-'))).toEqual(['berth.json'])
  expect(() => new DataFolder(wishFor(precious, { fresh: true }))).toThrow(/not made by Berth/)
  intact()
})

test('wherever a mark says that Postgres is at home, nothing is deleted there', (t) => {
  const { path, precious, scratch, forge, fresh, intact } = ground(t)
  const homes = [
    ...[precious, scratch, '/', homedir(), join(path, '..', 'precious'), `${path}/../precious`],
    // What was deleted by a mark before: the way out of the one folder that counted as Berth's.
    `/var/lib/berth/../../../${precious}`,
    `/var/lib/berth/x/../../../../${precious}`,
  ]
  for (const postgresHome of homes) {
    forge({ complete: true, postgresHome })
    fresh()
    intact()
  }
})

const damaged: [what: string, more: object][] = [
  ['a home that is no text', { postgresHome: 5 }],
  ['an id that is none', { id: 'postgres' }],
  ['replicas without end', { replicas: 1e9 }],
  ['half a replica', { replicas: 1.5 }],
  ['another kind of Postgres', { postgres: 'mine' }],
  ['a text for a flag', { complete: 'yes' }],
  ['a layout that is no number', { layout: '1' }],
]
for (const [what, more] of damaged) {
  test(`a mark with a field that Berth does not write is damaged: ${what}`, (t) => {
    const { path, forge } = ground(t)
    forge(more)
    for (const fresh of [false, true]) {
      expect(() => new DataFolder(wishFor(path, { fresh }))).toThrow(/is damaged/)
    }
    expect(existsSync(join(path, 'pgpass'))).toBe(true)
  })
}

test('a mark, or a folder, that somebody else can have written is not believed', (t) => {
  const { path, mark, intact, precious, scratch } = ground(t)
  const refusal = () => {
    try {
      new DataFolder(wishFor(path, { fresh: true }))
    } catch (error) {
      return (error as Error).message
    }
    return 'taken'
  }
  const restore = readFileSync(mark)
  chmodSync(mark, 0o666)
  expect(refusal()).toMatch(/berth\.json can be written by everybody/)
  chmodSync(mark, 0o660)
  expect(refusal()).toMatch(/berth\.json can be written by its group/)
  rmSync(mark)
  writeFileSync(join(scratch, 'mark'), restore)
  symlinkSync(join(scratch, 'mark'), mark)
  expect(refusal()).toMatch(/berth\.json is a symbolic link/)
  rmSync(mark)
  writeFileSync(mark, Buffer.alloc(100_000, 0x20), { mode: 0o600 })
  expect(refusal()).toMatch(/berth\.json has 100000 bytes/)
  rmSync(mark)
  writeFileSync(mark, restore, { mode: 0o600 })
  chmodSync(path, 0o777)
  expect(refusal()).toMatch(/data can be written by everybody/)
  chmodSync(path, 0o700)
  // Owned by another user, as whoever is asked may tell.
  const uid = process.geteuid!()
  const asked = vi.spyOn(process, 'geteuid').mockReturnValue(uid + 1)
  t.onTestFinished(() => asked.mockRestore())
  expect(refusal()).toMatch(/data belongs to another user/)
  asked.mockRestore()
  if (isRoot) {
    chownSync(mark, nobody, nobody)
    expect(refusal()).toMatch(/berth\.json belongs to another user \(uid 65534\)/)
    chownSync(mark, 0, 0)
    chownSync(join(path, 'log'), nobody, nobody)
    expect(refusal()).toMatch(/log belongs to another user/)
    chownSync(join(path, 'log'), 0, 0)
  }
  expect(existsSync(join(path, 'pgpass'))).toBe(true)
  expect(lstatSync(precious).isDirectory()).toBe(true)
  expect(refusal()).toBe('taken')
  intact()
})

test('a folder of Berth in which something else stands is left alone as a whole', (t) => {
  const { path } = ground(t)
  writeFileSync(join(path, 'thesis.txt'), 'years of work')
  writeFileSync(join(path, 'berth.json.bak'), '{}')
  expect(() => new DataFolder(wishFor(path, { fresh: true }))).toThrow(
    /(thesis\.txt|berth\.json\.bak) was not made by Berth/,
  )
  expect(readdirSync(path)).toContain('pgpass')
  expect(readdirSync(join(path, 'postgres'))).toEqual(['PG_VERSION'])
  // Who does not ask for a deletion goes on with it.
  new DataFolder(wishFor(path)).close()
})

test('links in a folder of Berth are deleted, and not what they lead to', (t) => {
  const { path, precious, scratch, fresh, intact } = ground(t)
  rmSync(join(path, 'postgres'), { recursive: true })
  symlinkSync(precious, join(path, 'postgres'))
  rmSync(join(path, 'log'), { recursive: true })
  mkdirSync(join(path, 'log'))
  symlinkSync(precious, join(path, 'log', 'old'))
  symlinkSync(join(precious, 'thesis.txt'), join(path, 'log', 'replica-1.log'))
  fresh()
  expect(readdirSync(path).filter((name) => !name.startsWith('lock-'))).toEqual(['berth.json'])
  intact()
  // A link to the folder is the folder.
  const link = join(scratch, 'link')
  symlinkSync(path, link)
  const again = new DataFolder(wishFor(link, { fresh: true }))
  expect(again.path).toBe(path)
  again.begin()
  again.close()
  expect(readdirSync(path)).toEqual([])
  expect(lstatSync(link).isSymbolicLink()).toBe(true)
  intact()
})

test('no folder is taken with which more than a cluster would go', (t) => {
  const { scratch } = ground(t)
  const home = join(scratch, 'people', 'me')
  mkdirSync(home, { recursive: true })
  const before = process.env.HOME
  process.env.HOME = home
  t.onTestFinished(() => {
    if (before === undefined) delete process.env.HOME
    else process.env.HOME = before
  })
  const source = realpathSync(root)
  const all = ['/', home, dirname(home), join(home, '..', 'me'), source, dirname(source)]
  for (const path of all) {
    for (const fresh of [false, true]) {
      expect(() => new DataFolder(wishFor(path, { fresh }))).toThrow(
        /no folder for the data of a cluster|belongs to another user|can be written by everybody/,
      )
    }
  }
  expect(readdirSync(home)).toEqual([])
  // A folder in it is one.
  new DataFolder(wishFor(join(home, '.berth'))).close()
  expect(readdirSync(home)).toEqual([])
})

test('what was there before a start that failed is there after it', (t) => {
  const { scratch } = ground(t)
  const own = join(scratch, 'own')
  mkdirSync(own)
  const folder = new DataFolder(wishFor(own))
  folder.begin()
  mkdirSync(join(own, 'postgres.making'))
  folder.close()
  expect(readdirSync(own)).toEqual([])
  const made = join(scratch, 'made', 'deep')
  new DataFolder(wishFor(made)).close()
  expect(existsSync(made)).toBe(false)
})

test('nothing is written through a link that somebody else may have put there', (t) => {
  const { path, scratch, precious, fresh, intact } = ground(t)
  const thesis = join(precious, 'thesis.txt')
  const name = `berth.json.${process.pid}`
  // In a folder that the group may write to, new and in use.
  const empty = join(scratch, 'empty')
  mkdirSync(empty)
  for (const folder of [empty, path]) chmodSync(folder, 0o770)
  symlinkSync(thesis, join(empty, name))
  expect(() => new DataFolder(wishFor(empty))).toThrow(/berth\.json\.\d+ was not made by Berth/)
  expect(readdirSync(empty)).toEqual([name])
  intact()
  symlinkSync(thesis, join(path, name))
  const again = new DataFolder(wishFor(path))
  if (!existsSync(join(path, name))) symlinkSync(thesis, join(path, name))
  again.update({ complete: true })
  again.close()
  intact()
  rmSync(join(path, name), { force: true })
  fresh()
  intact()
})

test('a link in the place of the lock that is let go is replaced, not followed', (t) => {
  const { path, precious, intact } = ground(t)
  const folder = new DataFolder(wishFor(path))
  const locks = () => readdirSync(path).filter((name) => name.startsWith('lock-'))
  const [lock = ''] = locks()
  rmSync(join(path, lock))
  symlinkSync(join(precious, 'thesis.txt'), join(path, lock))
  folder.close()
  intact()
  expect(locks().map((name) => readlinkSync(join(path, name)))).toEqual(['released'])
  new DataFolder(wishFor(path)).close()
  intact()
})

test("what a start that was cut off left over is in nobody's way", (t) => {
  const { scratch } = ground(t)
  const path = join(scratch, 'left')
  mkdirSync(path)
  for (const pid of [process.pid, 1]) writeFileSync(join(path, `berth.json.${pid}`), 'half a ')
  symlinkSync(JSON.stringify({ ...identify(process.pid), start: '1' }), join(path, 'lock-3'))
  const folder = new DataFolder(wishFor(path))
  expect(JSON.parse(readFileSync(join(path, 'berth.json'), 'utf8'))).toMatchObject({ layout: 1 })
  folder.close()
})
