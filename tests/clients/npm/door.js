// Log-in, guests, a sale, in and out with kitsu; what it was told is printed as JSON.
import Kitsu from 'kitsu'

const { BASE, EVENT, TICKET, EMAIL: email, PASSWORD: password } = process.env
const login = await fetch(`${BASE}/auth/session`, { method: 'POST', body: JSON.stringify({ email, password }) })
const { access_token: token } = await login.json()

// Our types are not in the plural, and never in camel case.
const api = new Kitsu({
  baseURL: `${BASE}/v1`,
  pluralize: false,
  camelCaseTypes: false,
  headers: { Authorization: `JWT ${token}` }
})
const sold = [{ name: 'order', op: 'has', val: { name: 'status', op: 'eq', val: 'completed' } }]
const query = { filter: JSON.stringify(sold), include: 'ticket,order', page: { size: 2 } }
const page = await api.get(`events/${EVENT}/attendees`, { params: query })

const order = await api.request({
  method: 'POST',
  url: 'orders',
  type: 'order',
  params: { onsite: true },
  body: { 'on-site-tickets': [{ id: TICKET, quantity: 2 }], event: { data: { type: 'event', id: EVENT } } }
})
const [guest] = order.data.attendees.data
const change = body =>
  api.request({ method: 'PATCH', url: `attendees/${guest.id}`, type: 'attendee', body: { id: guest.id, ...body } })
const inside = await change({ 'is-checked-in': true })
const left = await change({ 'is-checked-out': true })
const refused = await change({ firstname: 7 }).catch(error => error)

console.log(JSON.stringify({
  count: page.meta.count,
  shown: page.data.map(row => [row.id, row.ticket.data.name, row.order.data.status]),
  order: [order.data.id, order.data.status, order.data.attendees.data.length],
  guest: guest.id,
  scans: [inside.data['is-checked-in'], left.data['is-checked-out']],
  refused: refused.errors.map(error => [error.code, error.source.pointer])
}))
