// Adds one to a number in a database, under the fencing token of a call: the database refuses a
// token that is lower than one it has seen. What is added is noted with the call's name in the same
// statement.
import pg from 'pg'

const addOne = `
  with added as (
    insert into counter as known (id, number, token) values ($1, 1, $2)
    on conflict (id) do update set number = known.number + 1, token = excluded.token
      where known.token <= excluded.token
    returning number, token
  )
  insert into addition (counter, call, host, number, token)
  select $1, $3, $4, number, token from added
  returning number`

export class Adding {
  #database
  #host

  constructor(url, host, log) {
    this.#host = host
    this.#database = new pg.Pool({ connectionString: url, application_name: host, max: 8 })
    this.#database.on('connect', (client) => client.query('set synchronous_commit = off'))
    this.#database.on('error', (error) => log.error({}, error.message))
  }

  /** @returns the answer to the call: its status and its body */
  async add(id, token, call) {
    const { rows } = await this.#database.query(addOne, [id, token, call, this.#host])
    if (rows.length === 0) return { status: 409, body: 'the token is older than the last one' }
    const body = JSON.stringify({ host: this.#host, token, number: Number(rows[0].number) })
    return { status: 200, body }
  }

  async end() {
    await this.#database.end()
  }
}
