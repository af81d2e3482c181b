// Generated from sidecar.openapi.yaml by `npm run generate`. Do not edit.

export const openapi: object = {
  "openapi": "3.1.0",
  "info": {
    "title": "Berth, the local API of a sidecar",
    "version": "1.0.0",
    "license": {
      "name": "MIT",
      "identifier": "MIT"
    },
    "description": "`berth sidecar` runs beside one application, on the same machine. It keeps the table of all hosts,\nsays where an actor `(type, id)` runs, and carries calls to the host that owns it. Clients and the\napplication reach it by HTTP/1.1 at `127.0.0.1:3600` or on a unix socket, as it was started; nobody\nelse does.\n\n**Errors** are problem details (RFC 9457) with a stable `code`. `detail` says what happened and what\nto do, for people; programs look at `code`, `retryable` and, of calls, at `outcome`. `x-problems`\nlists the codes of an operation; those of the whole document can come from any. What a request holds\nbeyond this file (a query name, a body) is refused, not ignored.\n\n| code | status | what to do |\n| --- | --- | --- |\n| `invalid_request` | 400 | Correct what `detail` names: path, query, header or body is not as described here. |\n| `foreign_origin` | 403 | A page of another site, or a `Host` that is not of this machine. Use `localhost` or the address. |\n| `not_found` | 404 | There is no such path. |\n| `no_owner` | 404 | No host offers the actor type now. Start one, or try again later. |\n| `method_not_allowed` | 405 | The header `Allow` has the methods of the path. |\n| `not_handed_over` | 409 | This host has left without handing everything over: the detail says why. |\n| `request_timeout` | 408 | Headers or body did not arrive in time. Send it again. |\n| `too_large` | 413 | A body that is no call's is longer than 64 KiB. |\n| `unsupported_media_type` | 415 | Send no body. |\n| `expectation_failed` | 417 | Leave the header `Expect` out, or send `100-continue`. |\n| `headers_too_large` | 431 | Request line and headers have more than 32 KiB together. |\n| `internal` | 500 | A bug or a broken machine: a part may have been done. The log has the cause. |\n| `call_lost` | 502 | The call broke. The actor may have done it: look before it is sent again. |\n| `call_fenced` | 503 | This host was fenced while the call waited. Send it again. |\n| `call_moving` | 503 | The actor moves, and did not come to rest before the deadline. Send it again. |\n| `call_unreachable` | 503 | The owner could not be reached before the deadline. Send it again. |\n| `too_many_calls` | 503 | Too many calls wait for the actor, its type, or in all. Send it later. |\n| `overloaded` | 503 | Too many event streams or lookups are open. Try it later. |\n| `unavailable` | 503 | The sidecar is not ready, cannot do it now, or ends. |\n| `call_timeout` | 504 | No answer before the deadline. The actor may have done it, or may do it still. |\n| `timeout` | 504 | A lookup or a hand-over was not finished in time. |\n\nAn answer with status 503 has `Retry-After`, in seconds.\n\n**What may be believed.** `GET /v1/owns` says for how many ms its answer holds, at most 500. Whoever\nwrites for an actor sends the fencing `token` with each write, and the storage refuses a token that\nis lower than one it has seen: that is safe whatever happens, also when this process dies. Without\nit an application has to stop all that it runs within the `holdsMs` that it was told last, and when\nit cannot reach the sidecar any more.\n\n**Web pages** are kept out. A request is refused whose `Host` is not a name of this machine\n(`localhost`, `127.0.0.1`, `[::1]` or the address of the connection), whose `Origin` is another one,\nor of which the browser says in `Sec-Fetch-Site` that another site has made it. Clients that are\nno browsers need to know nothing of it. Over a unix socket send `Host: localhost`.\n\n**Names.** A type has at most 128 and an id at most 1,024 bytes of UTF-8, both at least one. In a path\neach is one part, percent-encoded: `/` as `%2F`, `%` as `%25`, `;` as `%3B`. They are compared byte\nfor byte.\n\n**Numbers** are at most 2^53 - 1. Times that end in `Ms` are in milliseconds.\n"
  },
  "x-problems": [
    "invalid_request",
    "foreign_origin",
    "method_not_allowed",
    "too_large",
    "headers_too_large",
    "request_timeout",
    "expectation_failed",
    "internal",
    "unavailable"
  ],
  "servers": [
    {
      "url": "http://127.0.0.1:3600",
      "description": "the sidecar beside the application"
    }
  ],
  "tags": [
    {
      "name": "calls",
      "description": "Calls that reach the owner of an actor."
    },
    {
      "name": "placement",
      "description": "Where an actor is, and whether it is here."
    },
    {
      "name": "host",
      "description": "This host: its state, what happens to it, its end."
    },
    {
      "name": "health",
      "description": "Probes, metrics, this document."
    }
  ],
  "paths": {
    "/v1/call/{type}/{id}/{path}": {
      "description": "Calls an actor, wherever it runs. Any method of HTTP but CONNECT goes through, TRACE and those of WebDAV\ntoo, with path, query, headers, body and status as they are; bodies stream both ways. The application\nof the owner gets the call at `/{type}/{id}/{path}`.\n\n`{path}` is everything behind the actor, as the application is to get it: it may be empty, it may be\nleft out together with the slash before it, and its slashes are not encoded. What follows a `?` is\nthe application's query, not ours. A path with `.` or `..` between slashes is refused, in every\nspelling, and so is a backslash or a fragment: percent-encode those.\n\n**Waiting.** While the actor moves from one host to another its calls wait, in order, and so do calls to\nan owner that has died. They wait until the deadline, which is `Berth-Timeout` seconds from the\narrival of the call; by then the answer has to begin.\n\n**Never twice by our doing.** What an application may have got is sent again only if the method is\nidempotent (GET, HEAD, OPTIONS, TRACE, PUT, DELETE) or there is an `Idempotency-Key`. Else the answer\nis 502 `call_lost` or 504 `call_timeout`, with `\"outcome\": \"unknown\"`. All other problems but 500\n`internal` mean that no application has done anything of the call. An actor by Berth's library that fails\nis answered for with 500 `call_failed`, outcome unknown. A body up to 64 KiB is held, so that it can be\nsent again; a longer or chunked one streams once, and waits for the owner's go-ahead before. Whoever\nsends `Expect: 100-continue` gets that go-ahead.\n\n**Answers.** The status is the application's. What hinders a call is a problem document, which an\napplication may answer with too; ours have a `type` that begins with `urn:berth:error:`. An answer that\nhas begun and breaks ends the connection: read to its end before you believe it.\n\n**Headers** that belong to one connection (`Connection`, `Keep-Alive`, `TE`, `Trailer`,\n`Transfer-Encoding`, `Upgrade` and what `Connection` names) end here, as do trailers. Names that\nbegin with `Berth-` are ours: of a caller's those below count, and none reaches the application as it\nwas sent. `traceparent`, `Authorization` and all others go through. With the call the application gets\n`Berth-Token` (the fencing token to write with), `Berth-Generation`, `Berth-Actor` (`{type}/{id}`,\neach percent-encoded but for `A-Z a-z 0-9 . _ ~ -`), `Berth-Chain` and `Berth-Timeout` (what is\nleft, in seconds). A connection is never upgraded.\n",
      "parameters": [
        {
          "$ref": "#/components/parameters/ActorType"
        },
        {
          "$ref": "#/components/parameters/ActorId"
        },
        {
          "name": "path",
          "in": "path",
          "required": true,
          "description": "All that is behind the actor, slashes and query included, as it is to arrive. May be empty.",
          "schema": {
            "type": "string"
          },
          "example": "items/7?verbose=1"
        },
        {
          "$ref": "#/components/parameters/CallTimeout"
        },
        {
          "$ref": "#/components/parameters/IdempotencyKey"
        },
        {
          "$ref": "#/components/parameters/Chain"
        },
        {
          "$ref": "#/components/parameters/Explain"
        }
      ],
      "get": {
        "operationId": "callGet",
        "tags": [
          "calls"
        ],
        "summary": "Calls an actor with GET; sent again if it breaks.",
        "x-problems": [
          "no_owner",
          "call_lost",
          "call_fenced",
          "call_moving",
          "call_unreachable",
          "too_many_calls",
          "call_timeout"
        ],
        "responses": {
          "default": {
            "$ref": "#/components/responses/CallAnswer"
          }
        }
      },
      "head": {
        "operationId": "callHead",
        "tags": [
          "calls"
        ],
        "summary": "Calls an actor with HEAD; sent again if it breaks.",
        "x-problems": [
          "no_owner",
          "call_lost",
          "call_fenced",
          "call_moving",
          "call_unreachable",
          "too_many_calls",
          "call_timeout"
        ],
        "responses": {
          "default": {
            "$ref": "#/components/responses/CallAnswer"
          }
        }
      },
      "put": {
        "operationId": "callPut",
        "tags": [
          "calls"
        ],
        "summary": "Calls an actor with PUT; sent again if it breaks and its body is held.",
        "x-problems": [
          "no_owner",
          "call_lost",
          "call_fenced",
          "call_moving",
          "call_unreachable",
          "too_many_calls",
          "call_timeout"
        ],
        "requestBody": {
          "$ref": "#/components/requestBodies/Call"
        },
        "responses": {
          "default": {
            "$ref": "#/components/responses/CallAnswer"
          }
        }
      },
      "post": {
        "operationId": "callPost",
        "tags": [
          "calls"
        ],
        "summary": "Calls an actor with POST; sent again only with an Idempotency-Key.",
        "x-problems": [
          "no_owner",
          "call_lost",
          "call_fenced",
          "call_moving",
          "call_unreachable",
          "too_many_calls",
          "call_timeout"
        ],
        "requestBody": {
          "$ref": "#/components/requestBodies/Call"
        },
        "responses": {
          "default": {
            "$ref": "#/components/responses/CallAnswer"
          }
        }
      },
      "delete": {
        "operationId": "callDelete",
        "tags": [
          "calls"
        ],
        "summary": "Calls an actor with DELETE; sent again if it breaks.",
        "x-problems": [
          "no_owner",
          "call_lost",
          "call_fenced",
          "call_moving",
          "call_unreachable",
          "too_many_calls",
          "call_timeout"
        ],
        "requestBody": {
          "$ref": "#/components/requestBodies/Call"
        },
        "responses": {
          "default": {
            "$ref": "#/components/responses/CallAnswer"
          }
        }
      },
      "patch": {
        "operationId": "callPatch",
        "tags": [
          "calls"
        ],
        "summary": "Calls an actor with PATCH; sent again only with an Idempotency-Key.",
        "x-problems": [
          "no_owner",
          "call_lost",
          "call_fenced",
          "call_moving",
          "call_unreachable",
          "too_many_calls",
          "call_timeout"
        ],
        "requestBody": {
          "$ref": "#/components/requestBodies/Call"
        },
        "responses": {
          "default": {
            "$ref": "#/components/responses/CallAnswer"
          }
        }
      },
      "options": {
        "operationId": "callOptions",
        "tags": [
          "calls"
        ],
        "summary": "Calls an actor with OPTIONS; sent again if it breaks.",
        "x-problems": [
          "no_owner",
          "call_lost",
          "call_fenced",
          "call_moving",
          "call_unreachable",
          "too_many_calls",
          "call_timeout"
        ],
        "requestBody": {
          "$ref": "#/components/requestBodies/Call"
        },
        "responses": {
          "default": {
            "$ref": "#/components/responses/CallAnswer"
          }
        }
      }
    },
    "/v1/where/{type}/{id}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/ActorType"
        },
        {
          "$ref": "#/components/parameters/ActorId"
        }
      ],
      "get": {
        "operationId": "whereIsActor",
        "tags": [
          "placement"
        ],
        "summary": "Which host runs the actor. Waits while it moves.",
        "description": "Answered from the table here, at once unless the actor moves or there is no table yet. The host may\nhave lost the actor when the answer arrives: who wants to reach it calls it.\n",
        "x-problems": [
          "no_owner",
          "timeout",
          "overloaded"
        ],
        "parameters": [
          {
            "name": "timeout",
            "in": "query",
            "description": "How long to wait at most, in seconds, such as 2.5; 0 for not at all.",
            "schema": {
              "type": "number",
              "minimum": 0,
              "maximum": 86400,
              "default": 30
            }
          }
        ],
        "responses": {
          "200": {
            "description": "Its host.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Placement"
                },
                "example": {
                  "host": "10.0.0.5:7999",
                  "appId": "shop",
                  "generation": 42
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/owns/{type}/{id}": {
      "parameters": [
        {
          "$ref": "#/components/parameters/ActorType"
        },
        {
          "$ref": "#/components/parameters/ActorId"
        }
      ],
      "get": {
        "operationId": "ownsActor",
        "tags": [
          "placement"
        ],
        "summary": "Whether this host may run the actor now, under which token, and for how long that holds.",
        "description": "With `owns: true` the actor is this host's for `holdsMs` more, counted from when the question was\nsent: before that is over no other host gets it. Ask again in time, or stop the actor. A fence of this\nhost does not wait; from then on only the token protects.\n",
        "responses": {
          "200": {
            "description": "Yes, with token; or no.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Ownership"
                },
                "examples": {
                  "here": {
                    "value": {
                      "owns": true,
                      "token": 311,
                      "generation": 42,
                      "holdsMs": 500
                    }
                  },
                  "elsewhere": {
                    "value": {
                      "owns": false
                    }
                  }
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/state": {
      "get": {
        "operationId": "getState",
        "tags": [
          "host"
        ],
        "summary": "This host, its application, its calls, and all that the sidecar knows of the cluster.",
        "responses": {
          "200": {
            "description": "As it is now.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/State"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/events": {
      "get": {
        "operationId": "streamEvents",
        "tags": [
          "host"
        ],
        "summary": "What happens to this host, as it happens, as server-sent events.",
        "description": "A stream of `text/event-stream` (HTML Living Standard, \"Server-sent events\") that does not end by\nitself. Each event has a name in `event:` and one line of JSON in `data:`. First comes `state`; then\nwhatever happens:\n\n| event | data | when |\n| --- | --- | --- |\n| `state` | StateEvent | first of all |\n| `table` | TableEvent | another table answers from now on |\n| `gained` | GainedEvent | this host may own more actors of these types than before; also behind `fenced`, when it may run them again |\n| `letting_go` | LettingGoEvent | actors of these types leave this host: they are told one by one to the application |\n| `fenced` | FencedEvent | this host has to stop its actors of these types at once |\n\nNames that are not listed are to be passed over. A line that begins with `:` comes each 15 s, so that\nboth sides see that the other one is there. Nothing is repeated: after a break ask anew, and look at\n`state`. At most 64 streams are open at a time. One that leaves more than 256 KiB untaken is cut.\nAll end when the sidecar ends.\n",
        "x-problems": [
          "overloaded"
        ],
        "responses": {
          "200": {
            "description": "The stream. By the example the host is ready, another table has come, and with it actors.\n",
            "content": {
              "text/event-stream": {
                "schema": {
                  "type": "string"
                },
                "example": "event: state\ndata: {\"host\":\"10.0.0.5:7999\",\"generation\":42,\"ready\":true}\n\nevent: table\ndata: {\"generation\":43}\n\nevent: gained\ndata: {\"generation\":43,\"types\":[\"Cart\"]}\n"
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/leave": {
      "post": {
        "operationId": "leave",
        "tags": [
          "host"
        ],
        "summary": "Hands all actors of this host over, then ends the sidecar.",
        "description": "Its calls drain, its application is told of each actor that leaves, and the others take over; that takes as\nlong as rounds of the cluster take. Asked again meanwhile, the same hand-over is waited for. It\ngoes on when whoever asked does not wait for the answer. The same comes of SIGTERM.\n\nWhere that fails the answer is `not_handed_over`, with the reason, and the process ends all the same, with\nexit code 1: this host was fenced while it left, because its application had not stopped its actors before\nthe deadline of the round, say. End what still runs of them.\n",
        "x-problems": [
          "unsupported_media_type",
          "not_handed_over"
        ],
        "responses": {
          "200": {
            "description": "All is handed over. The process ends now.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Left"
                },
                "example": {
                  "left": true
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/healthz": {
      "get": {
        "operationId": "healthz",
        "tags": [
          "health"
        ],
        "summary": "Would a restart of the sidecar help? 503 when it would.",
        "responses": {
          "200": {
            "description": "This process works.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Health"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/readyz": {
      "get": {
        "operationId": "readyz",
        "tags": [
          "health"
        ],
        "summary": "Has it joined, and is the application up? 503 when not, with the reason.",
        "responses": {
          "200": {
            "description": "Calls for this host can be taken.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Health"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/metrics": {
      "get": {
        "operationId": "metrics",
        "tags": [
          "health"
        ],
        "summary": "Metrics in the text format of Prometheus.",
        "responses": {
          "200": {
            "description": "All metrics of this process.",
            "content": {
              "text/plain": {
                "schema": {
                  "type": "string"
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    },
    "/v1/openapi.json": {
      "get": {
        "operationId": "openapiDocument",
        "tags": [
          "health"
        ],
        "summary": "This document.",
        "responses": {
          "200": {
            "description": "OpenAPI 3.1.",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object",
                  "additionalProperties": true
                }
              }
            }
          },
          "default": {
            "$ref": "#/components/responses/Problem"
          }
        }
      }
    }
  },
  "components": {
    "parameters": {
      "ActorType": {
        "name": "type",
        "in": "path",
        "required": true,
        "description": "Percent-encoded; at most 128 bytes of UTF-8.",
        "schema": {
          "$ref": "#/components/schemas/ActorType"
        },
        "example": "Cart"
      },
      "ActorId": {
        "name": "id",
        "in": "path",
        "required": true,
        "description": "Percent-encoded; at most 1 KiB of UTF-8.",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 1024,
          "x-max-bytes": 1024
        },
        "example": "42"
      },
      "CallTimeout": {
        "name": "Berth-Timeout",
        "in": "header",
        "description": "Seconds from the arrival of the call until the answer has to begin, such as 2.5. It is carried along\nto the application, reduced by what has passed.\n",
        "schema": {
          "type": "number",
          "minimum": 0,
          "maximum": 86400,
          "default": 30
        },
        "example": 2.5
      },
      "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "Says that the call may be sent again, whatever its method. The application gets it, and tells by it\nwhat it has done already. An empty one is none.\n",
        "schema": {
          "type": "string"
        }
      },
      "Chain": {
        "name": "Berth-Chain",
        "in": "header",
        "description": "Whoever calls an actor from within a call passes the `Berth-Chain` on that came with it, as it is. So an\nactor that takes one call at a time lets in those that are part of the call that it runs. At most 32 names.\n",
        "schema": {
          "type": "string",
          "pattern": "^([A-Za-z0-9_.-]{1,200}( *, *[A-Za-z0-9_.-]{1,200}){0,31})?$",
          "x-form": "of at most 32 names of runs with commas between them"
        }
      },
      "Explain": {
        "name": "Berth-Explain",
        "in": "header",
        "description": "With `1` the answer has `Berth-Explanation`.",
        "schema": {
          "type": "string"
        },
        "example": "1"
      }
    },
    "requestBodies": {
      "Call": {
        "description": "Anything, of any length; it goes to the application as it is.",
        "required": false,
        "content": {
          "*/*": {
            "schema": {}
          }
        }
      }
    },
    "responses": {
      "CallAnswer": {
        "description": "The answer of the application, with its status, its headers and its body. Or, with a status of 400 and\nabove and a `type` that begins with `urn:berth:error:`, what hindered the call.\n",
        "headers": {
          "Berth-Explanation": {
            "description": "What happened to the call, if it asked for that with `Berth-Explain: 1`: an Explanation as JSON, in ASCII.\n",
            "schema": {
              "type": "string",
              "contentMediaType": "application/json",
              "contentSchema": {
                "$ref": "#/components/schemas/Explanation"
              }
            }
          },
          "Retry-After": {
            "description": "With a problem of status 503, when to come back, in seconds.",
            "schema": {
              "type": "integer",
              "minimum": 0,
              "maximum": 86400
            }
          }
        },
        "content": {
          "*/*": {
            "schema": {}
          },
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/CallProblem"
            },
            "example": {
              "type": "urn:berth:error:call_lost",
              "title": "The call broke; its outcome is unknown.",
              "status": 502,
              "detail": "A call of Cart/42 broke: the connection ended.",
              "code": "call_lost",
              "retryable": false,
              "outcome": "unknown"
            }
          }
        }
      },
      "Problem": {
        "description": "What went wrong and what to do (RFC 9457).",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            },
            "example": {
              "type": "urn:berth:error:no_owner",
              "title": "No host offers this actor type.",
              "status": 404,
              "detail": "No host of the table has actors of type \"Cart\".",
              "code": "no_owner",
              "retryable": true
            }
          }
        }
      }
    },
    "schemas": {
      "Count": {
        "type": "integer",
        "minimum": 0,
        "maximum": 9007199254740991
      },
      "Generation": {
        "description": "Of the table of the namespace. Never goes back within a lineage.",
        "type": "integer",
        "minimum": 0,
        "maximum": 9007199254740991
      },
      "MaybeGeneration": {
        "type": [
          "integer",
          "null"
        ],
        "minimum": 0,
        "maximum": 9007199254740991
      },
      "MaybeMs": {
        "type": [
          "integer",
          "null"
        ],
        "minimum": 0,
        "maximum": 9007199254740991
      },
      "MaybeText": {
        "type": [
          "string",
          "null"
        ]
      },
      "ActorType": {
        "description": "At most 128 bytes of UTF-8.",
        "type": "string",
        "minLength": 1,
        "maxLength": 128,
        "x-max-bytes": 128
      },
      "ActorTypes": {
        "type": "array",
        "items": {
          "$ref": "#/components/schemas/ActorType"
        }
      },
      "Token": {
        "description": "Fencing token: rises whenever the actor changes hands. Storage that refuses a lower one than it has\nseen is safe from a host that has lost the actor without noticing.\n",
        "type": "integer",
        "minimum": 0,
        "maximum": 9007199254740991
      },
      "Placement": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "host",
          "appId",
          "generation"
        ],
        "properties": {
          "host": {
            "description": "Its name, host:port: where its sidecar takes calls of other sidecars.",
            "type": "string"
          },
          "appId": {
            "description": "What is deployed there.",
            "type": "string"
          },
          "generation": {
            "description": "Of the table that says so.",
            "$ref": "#/components/schemas/Generation"
          }
        }
      },
      "Ownership": {
        "oneOf": [
          {
            "type": "object",
            "additionalProperties": false,
            "required": [
              "owns",
              "token",
              "generation",
              "holdsMs"
            ],
            "properties": {
              "owns": {
                "const": true
              },
              "token": {
                "$ref": "#/components/schemas/Token"
              },
              "generation": {
                "description": "Of the table that says so.",
                "$ref": "#/components/schemas/Generation"
              },
              "holdsMs": {
                "description": "For so long from the question on, in ms.",
                "type": "integer",
                "minimum": 0,
                "maximum": 500
              }
            }
          },
          {
            "type": "object",
            "additionalProperties": false,
            "required": [
              "owns"
            ],
            "properties": {
              "owns": {
                "description": "Another host has it, nobody has, or nothing may be run here now.",
                "const": false
              }
            }
          }
        ]
      },
      "Explanation": {
        "type": "object",
        "required": [
          "steps",
          "omitted",
          "waitedMs",
          "hops"
        ],
        "properties": {
          "steps": {
            "description": "The first 64, in order.",
            "type": "array",
            "maxItems": 64,
            "items": {
              "type": "object",
              "required": [
                "afterMs",
                "what",
                "detail",
                "generation"
              ],
              "properties": {
                "afterMs": {
                  "description": "Since the call arrived here, in ms.",
                  "type": "number",
                  "minimum": 0
                },
                "what": {
                  "description": "`wait`, `deliver` (to the application here), `forward` (to the sidecar of the owner), `answering`,\n`answer` (a problem of ours), or how an attempt ended: `answered`, `declined` (the other host does not\nown it), `refused` (it was not reached), `lost` (it broke). There may be others.\n",
                  "type": "string"
                },
                "detail": {
                  "description": "Why, or the host.",
                  "$ref": "#/components/schemas/MaybeText"
                },
                "generation": {
                  "description": "Of the table by which it was done.",
                  "$ref": "#/components/schemas/MaybeGeneration"
                }
              }
            }
          },
          "omitted": {
            "description": "Further steps.",
            "$ref": "#/components/schemas/Count"
          },
          "waitedMs": {
            "description": "How long it has waited here, in ms.",
            "type": "number",
            "minimum": 0
          },
          "hops": {
            "description": "How often it was sent to another sidecar.",
            "$ref": "#/components/schemas/Count"
          }
        }
      },
      "State": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "ready",
          "host",
          "application",
          "calls",
          "sidecar"
        ],
        "properties": {
          "ready": {
            "description": "Whether it has joined and the application, where there is one, is up.",
            "type": "boolean"
          },
          "host": {
            "description": "Null of a sidecar that only looks up and calls.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/Host"
              },
              {
                "type": "null"
              }
            ]
          },
          "application": {
            "description": "Null where there is none.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/Application"
              },
              {
                "type": "null"
              }
            ]
          },
          "calls": {
            "$ref": "#/components/schemas/Calls"
          },
          "sidecar": {
            "$ref": "#/components/schemas/Sidecar"
          }
        }
      },
      "Host": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "name",
          "appId",
          "types"
        ],
        "properties": {
          "name": {
            "description": "host:port, where other sidecars send calls.",
            "type": "string"
          },
          "appId": {
            "type": "string"
          },
          "types": {
            "description": "That the application has.",
            "$ref": "#/components/schemas/ActorTypes"
          }
        }
      },
      "Application": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "state",
          "forMs",
          "reason"
        ],
        "properties": {
          "state": {
            "description": "`waiting`: it was not up yet. `unhealthy`: it was, and is not well now. Its types are offered to the\ncluster only while it is `up`.\n",
            "type": "string",
            "enum": [
              "waiting",
              "up",
              "unhealthy"
            ]
          },
          "forMs": {
            "description": "For how long it has been so, in ms.",
            "$ref": "#/components/schemas/Count"
          },
          "reason": {
            "description": "Why it is so, or what is wrong all the same; null for nothing.",
            "$ref": "#/components/schemas/MaybeText"
          }
        }
      },
      "Calls": {
        "description": "Calls that are not over.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "running",
          "waiting",
          "forwarded",
          "actors"
        ],
        "properties": {
          "running": {
            "description": "At the application here.",
            "$ref": "#/components/schemas/Count"
          },
          "waiting": {
            "description": "For their actor.",
            "$ref": "#/components/schemas/Count"
          },
          "forwarded": {
            "description": "At another host.",
            "$ref": "#/components/schemas/Count"
          },
          "actors": {
            "description": "Actors that were called here and have not left.",
            "$ref": "#/components/schemas/Count"
          }
        }
      },
      "Sidecar": {
        "description": "What it knows of the cluster, and how it stands with it.",
        "type": "object",
        "additionalProperties": false,
        "required": [
          "phase",
          "broken",
          "isFenced",
          "leaseLeftMs",
          "replica",
          "replicas",
          "replicaSilentMs",
          "nats",
          "natsReason",
          "natsForbids",
          "ordersSilentMs",
          "cluster",
          "namespace",
          "lineage",
          "epoch",
          "term",
          "generation",
          "digest",
          "members",
          "isMember",
          "tableAgeMs",
          "types",
          "typesWaiting",
          "movingTo",
          "movingForMs",
          "roundDeadlineMs",
          "missing",
          "waiting",
          "failure",
          "heldOrders",
          "heldOrderBytes",
          "rejectedOrders"
        ],
        "properties": {
          "phase": {
            "description": "`connecting` to a replica; `waiting` for its turn to be let in; `serving`; `fencing`: the lease is gone, and it\nstops what it had; `leaving`: it hands over; `left`.\n",
            "type": "string",
            "enum": [
              "connecting",
              "waiting",
              "serving",
              "fencing",
              "leaving",
              "left"
            ]
          },
          "broken": {
            "description": "Why it is out for good: end this process. Else null.",
            "$ref": "#/components/schemas/MaybeText"
          },
          "isFenced": {
            "description": "Whether this host may run nothing now.",
            "type": "boolean"
          },
          "leaseLeftMs": {
            "description": "What is left of its lease, in ms.",
            "$ref": "#/components/schemas/Count"
          },
          "replica": {
            "description": "Address of the replica that it is attached to.",
            "$ref": "#/components/schemas/MaybeText"
          },
          "replicas": {
            "description": "All that are tried.",
            "type": "array",
            "items": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "url",
                "reason"
              ],
              "properties": {
                "url": {
                  "type": "string"
                },
                "reason": {
                  "description": "Why it was no use last.",
                  "$ref": "#/components/schemas/MaybeText"
                }
              }
            }
          },
          "replicaSilentMs": {
            "description": "Since a replica said something, in ms; null for never.",
            "$ref": "#/components/schemas/MaybeMs"
          },
          "nats": {
            "description": "`silent`: connected, and no order comes through.",
            "type": "string",
            "enum": [
              "down",
              "listening",
              "silent"
            ]
          },
          "natsReason": {
            "description": "Why there is no connection to NATS.",
            "$ref": "#/components/schemas/MaybeText"
          },
          "natsForbids": {
            "description": "What NATS does not let it do that it needs.",
            "type": "array",
            "items": {
              "type": "string"
            }
          },
          "ordersSilentMs": {
            "description": "Since the last order over NATS, in ms; null for never.",
            "$ref": "#/components/schemas/MaybeMs"
          },
          "cluster": {
            "description": "Its name.",
            "$ref": "#/components/schemas/MaybeText"
          },
          "namespace": {
            "type": "string"
          },
          "lineage": {
            "description": "Names this history of the cluster.",
            "$ref": "#/components/schemas/MaybeText"
          },
          "epoch": {
            "description": "Names this admission of the host; 0 before.",
            "$ref": "#/components/schemas/Count"
          },
          "term": {
            "description": "Of the leader that was heard last.",
            "$ref": "#/components/schemas/Count"
          },
          "generation": {
            "description": "Of the table that answers; null before the first.",
            "$ref": "#/components/schemas/MaybeGeneration"
          },
          "digest": {
            "description": "Of that table.",
            "$ref": "#/components/schemas/MaybeText"
          },
          "members": {
            "description": "Hosts in that table.",
            "$ref": "#/components/schemas/Count"
          },
          "isMember": {
            "description": "Whether this host is in it.",
            "type": "boolean"
          },
          "tableAgeMs": {
            "description": "For how long it has answered, in ms.",
            "$ref": "#/components/schemas/MaybeMs"
          },
          "types": {
            "description": "That this host is to offer.",
            "$ref": "#/components/schemas/ActorTypes"
          },
          "typesWaiting": {
            "description": "Why the cluster has not taken these types yet.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/Reason"
              },
              {
                "type": "null"
              }
            ]
          },
          "movingTo": {
            "description": "Generation that a running round goes to.",
            "$ref": "#/components/schemas/MaybeGeneration"
          },
          "movingForMs": {
            "description": "For how long keys have waited for it, in ms.",
            "$ref": "#/components/schemas/MaybeMs"
          },
          "roundDeadlineMs": {
            "description": "Who lets go of keys later than this is removed, in ms from the start of a round.",
            "$ref": "#/components/schemas/MaybeMs"
          },
          "missing": {
            "description": "Generation of a table that is not here yet.",
            "$ref": "#/components/schemas/MaybeGeneration"
          },
          "waiting": {
            "description": "What the admission waits for.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/Reason"
              },
              {
                "type": "null"
              }
            ]
          },
          "failure": {
            "description": "Why the last session with a replica was refused.",
            "oneOf": [
              {
                "$ref": "#/components/schemas/Reason"
              },
              {
                "type": "null"
              }
            ]
          },
          "heldOrders": {
            "description": "Orders of a leader that no replica has named yet.",
            "$ref": "#/components/schemas/Count"
          },
          "heldOrderBytes": {
            "$ref": "#/components/schemas/Count"
          },
          "rejectedOrders": {
            "description": "Orders that were ignored, by reason.",
            "type": "object",
            "additionalProperties": {
              "$ref": "#/components/schemas/Count"
            }
          }
        }
      },
      "Reason": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "code",
          "detail"
        ],
        "properties": {
          "code": {
            "type": "string"
          },
          "detail": {
            "type": "string"
          }
        }
      },
      "Left": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "left"
        ],
        "properties": {
          "left": {
            "const": true
          }
        }
      },
      "StateEvent": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "host",
          "generation",
          "ready"
        ],
        "properties": {
          "host": {
            "description": "Name of this host; null where it has none.",
            "$ref": "#/components/schemas/MaybeText"
          },
          "generation": {
            "description": "Of the table that answers; null before the first.",
            "$ref": "#/components/schemas/MaybeGeneration"
          },
          "ready": {
            "description": "As `/readyz` says.",
            "type": "boolean"
          }
        }
      },
      "TableEvent": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "generation"
        ],
        "properties": {
          "generation": {
            "$ref": "#/components/schemas/Generation"
          }
        }
      },
      "GainedEvent": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "generation",
          "types"
        ],
        "properties": {
          "generation": {
            "$ref": "#/components/schemas/Generation"
          },
          "types": {
            "$ref": "#/components/schemas/ActorTypes"
          }
        }
      },
      "LettingGoEvent": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "generation",
          "types",
          "deadlineMs"
        ],
        "properties": {
          "generation": {
            "description": "That the round goes to; null where it is not known.",
            "$ref": "#/components/schemas/MaybeGeneration"
          },
          "types": {
            "$ref": "#/components/schemas/ActorTypes"
          },
          "deadlineMs": {
            "description": "A host that has not let go by then is removed, in ms from the start of the round.",
            "$ref": "#/components/schemas/Count"
          }
        }
      },
      "FencedEvent": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "types",
          "final",
          "reason"
        ],
        "properties": {
          "types": {
            "$ref": "#/components/schemas/ActorTypes"
          },
          "final": {
            "description": "Whether all of this host has to stop.",
            "type": "boolean"
          },
          "reason": {
            "description": "`lease_expired` and such.",
            "type": "string"
          }
        }
      },
      "Health": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "ok"
        ],
        "properties": {
          "ok": {
            "const": true
          }
        }
      },
      "Problem": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "type",
          "title",
          "status",
          "detail",
          "code",
          "retryable"
        ],
        "properties": {
          "type": {
            "description": "urn:berth:error: and the code.",
            "type": "string"
          },
          "title": {
            "type": "string"
          },
          "status": {
            "type": "integer",
            "minimum": 400,
            "maximum": 599
          },
          "detail": {
            "description": "What happened here and what to do.",
            "type": "string"
          },
          "code": {
            "description": "Stable; one of the list at the head of this document.",
            "type": "string"
          },
          "retryable": {
            "description": "Whether the same request can succeed later.",
            "type": "boolean"
          },
          "errors": {
            "description": "Each thing that was wrong with the request.",
            "type": "array",
            "items": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "in",
                "at",
                "detail"
              ],
              "properties": {
                "in": {
                  "type": "string",
                  "enum": [
                    "path",
                    "query",
                    "header",
                    "body"
                  ]
                },
                "at": {
                  "description": "The name or the JSON pointer.",
                  "type": "string"
                },
                "detail": {
                  "type": "string"
                }
              }
            }
          }
        }
      },
      "CallProblem": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "type",
          "title",
          "status",
          "detail",
          "code",
          "retryable"
        ],
        "properties": {
          "type": {
            "description": "urn:berth:error: and the code.",
            "type": "string"
          },
          "title": {
            "type": "string"
          },
          "status": {
            "type": "integer",
            "minimum": 400,
            "maximum": 599
          },
          "detail": {
            "description": "What happened here and what to do.",
            "type": "string"
          },
          "code": {
            "description": "Stable; one of the list at the head of this document.",
            "type": "string"
          },
          "retryable": {
            "description": "Whether the same request can succeed later.",
            "type": "boolean"
          },
          "outcome": {
            "description": "There when an application may have done what the call asked.",
            "const": "unknown"
          }
        }
      }
    }
  }
}
