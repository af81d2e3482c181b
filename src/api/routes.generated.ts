// Generated from openapi.yaml by `npm run generate`. Do not edit.

import type { RouteSource } from '../rest/operation.js'
import type { OperationId } from './operation.js'

export const routeSources: readonly RouteSource<OperationId>[] = [
  {
    "operationId": "listNamespaces",
    "method": "GET",
    "url": "/v1/namespaces",
    "schema": {
      "querystring": {
        "type": "object",
        "properties": {
          "consistency": {
            "type": "string",
            "enum": [
              "stale",
              "default",
              "consistent"
            ],
            "default": "default"
          },
          "limit": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1000,
            "default": 100
          },
          "cursor": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "pattern": "^[A-Za-z0-9_-]+$",
            "x-form": "of a cursor that a page gave as its next"
          }
        }
      },
      "headers": {
        "type": "object",
        "properties": {
          "If-None-Match": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "items",
                  "next"
                ],
                "properties": {
                  "items": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "generation",
                        "committed",
                        "digest",
                        "members"
                      ],
                      "properties": {
                        "name": {
                          "type": "string",
                          "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
                          "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
                        },
                        "generation": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "committed": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "digest": {
                          "type": "string",
                          "pattern": "^[A-Za-z0-9_-]{43}$",
                          "x-form": "of 32 bytes as base64url"
                        },
                        "members": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        }
                      }
                    }
                  },
                  "next": {
                    "type": [
                      "string",
                      "null"
                    ]
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "getNamespace",
    "method": "GET",
    "url": "/v1/namespaces/:namespace",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
          }
        },
        "required": [
          "namespace"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "consistency": {
            "type": "string",
            "enum": [
              "stale",
              "default",
              "consistent"
            ],
            "default": "default"
          }
        }
      },
      "headers": {
        "type": "object",
        "properties": {
          "If-None-Match": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "name",
                  "generation",
                  "committed",
                  "digest",
                  "members"
                ],
                "properties": {
                  "name": {
                    "type": "string",
                    "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
                    "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
                  },
                  "generation": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "committed": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "digest": {
                    "type": "string",
                    "pattern": "^[A-Za-z0-9_-]{43}$",
                    "x-form": "of 32 bytes as base64url"
                  },
                  "members": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "deleteNamespace",
    "method": "DELETE",
    "url": "/v1/namespaces/:namespace",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
          }
        },
        "required": [
          "namespace"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "forward": {
            "type": "boolean",
            "default": true
          }
        }
      },
      "headers": {
        "type": "object",
        "properties": {
          "Idempotency-Key": {
            "type": "string",
            "pattern": "^[!-~]{1,128}$",
            "x-form": "of 1 to 128 visible ASCII characters"
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "index",
                  "term",
                  "changed",
                  "generation"
                ],
                "properties": {
                  "index": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "term": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "changed": {
                    "type": "boolean"
                  },
                  "generation": {
                    "type": [
                      "integer",
                      "null"
                    ],
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "listMembers",
    "method": "GET",
    "url": "/v1/namespaces/:namespace/members",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
          }
        },
        "required": [
          "namespace"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "consistency": {
            "type": "string",
            "enum": [
              "stale",
              "default",
              "consistent"
            ],
            "default": "default"
          },
          "limit": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1000,
            "default": 100
          },
          "cursor": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "pattern": "^[A-Za-z0-9_-]+$",
            "x-form": "of a cursor that a page gave as its next"
          },
          "type": {
            "type": "string",
            "minLength": 1,
            "maxLength": 128,
            "x-max-bytes": 128
          },
          "appId": {
            "type": "string",
            "minLength": 1,
            "maxLength": 128,
            "x-max-bytes": 128
          },
          "cordoned": {
            "type": "boolean"
          }
        }
      },
      "headers": {
        "type": "object",
        "properties": {
          "If-None-Match": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "generation",
                  "committed",
                  "items",
                  "next"
                ],
                "properties": {
                  "generation": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "committed": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "items": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "instance",
                        "appId",
                        "types",
                        "epoch",
                        "level",
                        "generation",
                        "admittedAt",
                        "cordoned",
                        "disseminated"
                      ],
                      "properties": {
                        "name": {
                          "type": "string",
                          "maxLength": 261,
                          "pattern": "^(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
                          "x-form": "host:port"
                        },
                        "instance": {
                          "type": "string"
                        },
                        "appId": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 128,
                          "x-max-bytes": 128
                        },
                        "types": {
                          "type": "array",
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 128,
                            "x-max-bytes": 128
                          }
                        },
                        "epoch": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "level": {
                          "type": "integer",
                          "minimum": 1,
                          "maximum": 4294967295
                        },
                        "generation": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "admittedAt": {
                          "type": "string",
                          "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$",
                          "x-form": "2026-01-31T12:00:00.000Z"
                        },
                        "cordoned": {
                          "type": "boolean"
                        },
                        "disseminated": {
                          "type": "boolean"
                        }
                      }
                    }
                  },
                  "next": {
                    "type": [
                      "string",
                      "null"
                    ]
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "getMember",
    "method": "GET",
    "url": "/v1/namespaces/:namespace/members/:name",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
          },
          "name": {
            "type": "string",
            "maxLength": 261,
            "pattern": "^(\\[[0-9a-f:.]{2,45}\\]|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
            "x-form": "host:port",
            "x-address": true
          }
        },
        "required": [
          "namespace",
          "name"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "consistency": {
            "type": "string",
            "enum": [
              "stale",
              "default",
              "consistent"
            ],
            "default": "default"
          }
        }
      },
      "headers": {
        "type": "object",
        "properties": {
          "If-None-Match": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "name",
                  "instance",
                  "appId",
                  "types",
                  "epoch",
                  "level",
                  "generation",
                  "admittedAt",
                  "cordoned",
                  "disseminated"
                ],
                "properties": {
                  "name": {
                    "type": "string",
                    "maxLength": 261,
                    "pattern": "^(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
                    "x-form": "host:port"
                  },
                  "instance": {
                    "type": "string"
                  },
                  "appId": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 128,
                    "x-max-bytes": 128
                  },
                  "types": {
                    "type": "array",
                    "items": {
                      "type": "string",
                      "minLength": 1,
                      "maxLength": 128,
                      "x-max-bytes": 128
                    }
                  },
                  "epoch": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "level": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 4294967295
                  },
                  "generation": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "admittedAt": {
                    "type": "string",
                    "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$",
                    "x-form": "2026-01-31T12:00:00.000Z"
                  },
                  "cordoned": {
                    "type": "boolean"
                  },
                  "disseminated": {
                    "type": "boolean"
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "evictMember",
    "method": "DELETE",
    "url": "/v1/namespaces/:namespace/members/:name",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
          },
          "name": {
            "type": "string",
            "maxLength": 261,
            "pattern": "^(\\[[0-9a-f:.]{2,45}\\]|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
            "x-form": "host:port",
            "x-address": true
          }
        },
        "required": [
          "namespace",
          "name"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "forward": {
            "type": "boolean",
            "default": true
          },
          "refuseMs": {
            "type": "integer",
            "minimum": 0,
            "maximum": 2592000000,
            "default": 0
          }
        }
      },
      "headers": {
        "type": "object",
        "properties": {
          "Idempotency-Key": {
            "type": "string",
            "pattern": "^[!-~]{1,128}$",
            "x-form": "of 1 to 128 visible ASCII characters"
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "index",
                  "term",
                  "changed",
                  "generation"
                ],
                "properties": {
                  "index": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "term": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "changed": {
                    "type": "boolean"
                  },
                  "generation": {
                    "type": [
                      "integer",
                      "null"
                    ],
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "liftRefusal",
    "method": "DELETE",
    "url": "/v1/namespaces/:namespace/members/:name/refusal",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
          },
          "name": {
            "type": "string",
            "maxLength": 261,
            "pattern": "^(\\[[0-9a-f:.]{2,45}\\]|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
            "x-form": "host:port",
            "x-address": true
          }
        },
        "required": [
          "namespace",
          "name"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "forward": {
            "type": "boolean",
            "default": true
          }
        }
      },
      "headers": {
        "type": "object",
        "properties": {
          "Idempotency-Key": {
            "type": "string",
            "pattern": "^[!-~]{1,128}$",
            "x-form": "of 1 to 128 visible ASCII characters"
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "index",
                  "term",
                  "changed",
                  "generation"
                ],
                "properties": {
                  "index": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "term": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "changed": {
                    "type": "boolean"
                  },
                  "generation": {
                    "type": [
                      "integer",
                      "null"
                    ],
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "listRefusals",
    "method": "GET",
    "url": "/v1/namespaces/:namespace/refusals",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
          }
        },
        "required": [
          "namespace"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "consistency": {
            "type": "string",
            "enum": [
              "stale",
              "default",
              "consistent"
            ],
            "default": "default"
          },
          "limit": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1000,
            "default": 100
          },
          "cursor": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "pattern": "^[A-Za-z0-9_-]+$",
            "x-form": "of a cursor that a page gave as its next"
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "items",
                  "next"
                ],
                "properties": {
                  "items": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "leftMs"
                      ],
                      "properties": {
                        "name": {
                          "type": "string",
                          "maxLength": 261,
                          "pattern": "^(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
                          "x-form": "host:port"
                        },
                        "leftMs": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        }
                      }
                    }
                  },
                  "next": {
                    "type": [
                      "string",
                      "null"
                    ]
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "cordonMember",
    "method": "POST",
    "url": "/v1/namespaces/:namespace/members/:name/cordon",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
          },
          "name": {
            "type": "string",
            "maxLength": 261,
            "pattern": "^(\\[[0-9a-f:.]{2,45}\\]|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
            "x-form": "host:port",
            "x-address": true
          }
        },
        "required": [
          "namespace",
          "name"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "forward": {
            "type": "boolean",
            "default": true
          }
        }
      },
      "headers": {
        "type": "object",
        "properties": {
          "Idempotency-Key": {
            "type": "string",
            "pattern": "^[!-~]{1,128}$",
            "x-form": "of 1 to 128 visible ASCII characters"
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "index",
                  "term",
                  "changed",
                  "generation"
                ],
                "properties": {
                  "index": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "term": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "changed": {
                    "type": "boolean"
                  },
                  "generation": {
                    "type": [
                      "integer",
                      "null"
                    ],
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "uncordonMember",
    "method": "POST",
    "url": "/v1/namespaces/:namespace/members/:name/uncordon",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
          },
          "name": {
            "type": "string",
            "maxLength": 261,
            "pattern": "^(\\[[0-9a-f:.]{2,45}\\]|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
            "x-form": "host:port",
            "x-address": true
          }
        },
        "required": [
          "namespace",
          "name"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "forward": {
            "type": "boolean",
            "default": true
          }
        }
      },
      "headers": {
        "type": "object",
        "properties": {
          "Idempotency-Key": {
            "type": "string",
            "pattern": "^[!-~]{1,128}$",
            "x-form": "of 1 to 128 visible ASCII characters"
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "index",
                  "term",
                  "changed",
                  "generation"
                ],
                "properties": {
                  "index": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "term": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "changed": {
                    "type": "boolean"
                  },
                  "generation": {
                    "type": [
                      "integer",
                      "null"
                    ],
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "getTable",
    "method": "GET",
    "url": "/v1/namespaces/:namespace/table",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
          }
        },
        "required": [
          "namespace"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "consistency": {
            "type": "string",
            "enum": [
              "stale",
              "default",
              "consistent"
            ],
            "default": "default"
          },
          "generation": {
            "type": "integer",
            "minimum": 0,
            "maximum": 9007199254740991
          }
        }
      },
      "headers": {
        "type": "object",
        "properties": {
          "If-None-Match": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "namespace",
                  "lineage",
                  "generation",
                  "disseminated",
                  "committed",
                  "digest",
                  "factor",
                  "level",
                  "hash",
                  "typeSets",
                  "members"
                ],
                "properties": {
                  "namespace": {
                    "type": "string",
                    "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
                    "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
                  },
                  "lineage": {
                    "type": "string",
                    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
                    "x-form": "of a uuid in lower case"
                  },
                  "generation": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "disseminated": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "committed": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "digest": {
                    "type": "string",
                    "pattern": "^[A-Za-z0-9_-]{43}$",
                    "x-form": "of 32 bytes as base64url"
                  },
                  "factor": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 10000
                  },
                  "level": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 65535
                  },
                  "hash": {
                    "type": "string"
                  },
                  "typeSets": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "id",
                        "types"
                      ],
                      "properties": {
                        "id": {
                          "type": "integer",
                          "minimum": 1,
                          "maximum": 4294967295
                        },
                        "types": {
                          "type": "array",
                          "minItems": 1,
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 128,
                            "x-max-bytes": 128
                          }
                        }
                      }
                    }
                  },
                  "members": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "epoch",
                        "appId",
                        "types",
                        "cordoned"
                      ],
                      "properties": {
                        "name": {
                          "type": "string",
                          "maxLength": 261,
                          "pattern": "^(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
                          "x-form": "host:port"
                        },
                        "epoch": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "appId": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 128,
                          "x-max-bytes": 128
                        },
                        "types": {
                          "type": "integer",
                          "minimum": 1,
                          "maximum": 4294967295
                        },
                        "cordoned": {
                          "type": "boolean"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "getTypeTable",
    "method": "GET",
    "url": "/v1/namespaces/:namespace/types/:type/table",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
          },
          "type": {
            "type": "string",
            "minLength": 1,
            "maxLength": 128,
            "x-max-bytes": 128
          }
        },
        "required": [
          "namespace",
          "type"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "consistency": {
            "type": "string",
            "enum": [
              "stale",
              "default",
              "consistent"
            ],
            "default": "default"
          }
        }
      },
      "headers": {
        "type": "object",
        "properties": {
          "If-None-Match": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "namespace",
                  "type",
                  "lineage",
                  "generation",
                  "committed",
                  "factor",
                  "hosts"
                ],
                "properties": {
                  "namespace": {
                    "type": "string",
                    "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
                    "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
                  },
                  "type": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 128,
                    "x-max-bytes": 128
                  },
                  "lineage": {
                    "type": "string",
                    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
                    "x-form": "of a uuid in lower case"
                  },
                  "generation": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "committed": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "factor": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 10000
                  },
                  "hosts": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "host",
                        "appId",
                        "epoch",
                        "cordoned"
                      ],
                      "properties": {
                        "host": {
                          "type": "string",
                          "maxLength": 261,
                          "pattern": "^(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
                          "x-form": "host:port"
                        },
                        "appId": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 128,
                          "x-max-bytes": 128
                        },
                        "epoch": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "cordoned": {
                          "type": "boolean"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "getDiff",
    "method": "GET",
    "url": "/v1/namespaces/:namespace/diff",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
          }
        },
        "required": [
          "namespace"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "consistency": {
            "type": "string",
            "enum": [
              "stale",
              "default",
              "consistent"
            ],
            "default": "default"
          },
          "from": {
            "type": "integer",
            "minimum": 0,
            "maximum": 9007199254740991
          },
          "to": {
            "type": "integer",
            "minimum": 0,
            "maximum": 9007199254740991
          }
        },
        "required": [
          "from"
        ]
      },
      "headers": {
        "type": "object",
        "properties": {
          "If-None-Match": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "namespace",
                  "lineage",
                  "from",
                  "to",
                  "factor",
                  "added",
                  "removed",
                  "changed"
                ],
                "properties": {
                  "namespace": {
                    "type": "string",
                    "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
                    "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
                  },
                  "lineage": {
                    "type": "string",
                    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
                    "x-form": "of a uuid in lower case"
                  },
                  "from": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "to": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "factor": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "from",
                      "to"
                    ],
                    "properties": {
                      "from": {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 10000
                      },
                      "to": {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 10000
                      }
                    }
                  },
                  "added": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "epoch",
                        "appId",
                        "types",
                        "cordoned"
                      ],
                      "properties": {
                        "name": {
                          "type": "string",
                          "maxLength": 261,
                          "pattern": "^(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
                          "x-form": "host:port"
                        },
                        "epoch": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "appId": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 128,
                          "x-max-bytes": 128
                        },
                        "types": {
                          "type": "array",
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 128,
                            "x-max-bytes": 128
                          }
                        },
                        "cordoned": {
                          "type": "boolean"
                        }
                      }
                    }
                  },
                  "removed": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "epoch",
                        "appId",
                        "types",
                        "cordoned"
                      ],
                      "properties": {
                        "name": {
                          "type": "string",
                          "maxLength": 261,
                          "pattern": "^(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
                          "x-form": "host:port"
                        },
                        "epoch": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "appId": {
                          "type": "string",
                          "minLength": 1,
                          "maxLength": 128,
                          "x-max-bytes": 128
                        },
                        "types": {
                          "type": "array",
                          "items": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 128,
                            "x-max-bytes": 128
                          }
                        },
                        "cordoned": {
                          "type": "boolean"
                        }
                      }
                    }
                  },
                  "changed": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "before",
                        "after"
                      ],
                      "properties": {
                        "before": {
                          "type": "object",
                          "additionalProperties": false,
                          "required": [
                            "name",
                            "epoch",
                            "appId",
                            "types",
                            "cordoned"
                          ],
                          "properties": {
                            "name": {
                              "type": "string",
                              "maxLength": 261,
                              "pattern": "^(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
                              "x-form": "host:port"
                            },
                            "epoch": {
                              "type": "integer",
                              "minimum": 0,
                              "maximum": 9007199254740991
                            },
                            "appId": {
                              "type": "string",
                              "minLength": 1,
                              "maxLength": 128,
                              "x-max-bytes": 128
                            },
                            "types": {
                              "type": "array",
                              "items": {
                                "type": "string",
                                "minLength": 1,
                                "maxLength": 128,
                                "x-max-bytes": 128
                              }
                            },
                            "cordoned": {
                              "type": "boolean"
                            }
                          }
                        },
                        "after": {
                          "type": "object",
                          "additionalProperties": false,
                          "required": [
                            "name",
                            "epoch",
                            "appId",
                            "types",
                            "cordoned"
                          ],
                          "properties": {
                            "name": {
                              "type": "string",
                              "maxLength": 261,
                              "pattern": "^(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
                              "x-form": "host:port"
                            },
                            "epoch": {
                              "type": "integer",
                              "minimum": 0,
                              "maximum": 9007199254740991
                            },
                            "appId": {
                              "type": "string",
                              "minLength": 1,
                              "maxLength": 128,
                              "x-max-bytes": 128
                            },
                            "types": {
                              "type": "array",
                              "items": {
                                "type": "string",
                                "minLength": 1,
                                "maxLength": 128,
                                "x-max-bytes": 128
                              }
                            },
                            "cordoned": {
                              "type": "boolean"
                            }
                          }
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "whereIsActor",
    "method": "GET",
    "url": "/v1/namespaces/:namespace/actors/:type/:id",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
          },
          "type": {
            "type": "string",
            "minLength": 1,
            "maxLength": 128,
            "x-max-bytes": 128
          },
          "id": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "x-max-bytes": 1024
          }
        },
        "required": [
          "namespace",
          "type",
          "id"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "consistency": {
            "type": "string",
            "enum": [
              "stale",
              "default",
              "consistent"
            ],
            "default": "default"
          }
        }
      },
      "headers": {
        "type": "object",
        "properties": {
          "If-None-Match": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "namespace",
                  "type",
                  "id",
                  "lineage",
                  "generation",
                  "committed",
                  "hash",
                  "placement",
                  "moving"
                ],
                "properties": {
                  "namespace": {
                    "type": "string",
                    "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
                    "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
                  },
                  "type": {
                    "type": "string",
                    "minLength": 1,
                    "maxLength": 128,
                    "x-max-bytes": 128
                  },
                  "id": {
                    "type": "string"
                  },
                  "lineage": {
                    "type": "string",
                    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
                    "x-form": "of a uuid in lower case"
                  },
                  "generation": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "committed": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "hash": {
                    "type": "string",
                    "pattern": "^(0|[1-9][0-9]{0,19})$",
                    "x-form": "of a whole number"
                  },
                  "placement": {
                    "oneOf": [
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "owner",
                          "virtualNode",
                          "hosts",
                          "virtualNodes",
                          "generation"
                        ],
                        "properties": {
                          "owner": {
                            "type": "object",
                            "additionalProperties": false,
                            "required": [
                              "host",
                              "appId",
                              "epoch",
                              "cordoned"
                            ],
                            "properties": {
                              "host": {
                                "type": "string",
                                "maxLength": 261,
                                "pattern": "^(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
                                "x-form": "host:port"
                              },
                              "appId": {
                                "type": "string",
                                "minLength": 1,
                                "maxLength": 128,
                                "x-max-bytes": 128
                              },
                              "epoch": {
                                "type": "integer",
                                "minimum": 0,
                                "maximum": 9007199254740991
                              },
                              "cordoned": {
                                "type": "boolean"
                              }
                            }
                          },
                          "virtualNode": {
                            "type": "object",
                            "additionalProperties": false,
                            "required": [
                              "hash",
                              "index"
                            ],
                            "properties": {
                              "hash": {
                                "type": "string",
                                "pattern": "^(0|[1-9][0-9]{0,19})$",
                                "x-form": "of a whole number"
                              },
                              "index": {
                                "type": "integer",
                                "minimum": 0,
                                "maximum": 9007199254740991
                              }
                            }
                          },
                          "hosts": {
                            "type": "integer",
                            "minimum": 0,
                            "maximum": 9007199254740991
                          },
                          "virtualNodes": {
                            "type": "integer",
                            "minimum": 0,
                            "maximum": 9007199254740991
                          },
                          "generation": {
                            "type": "integer",
                            "minimum": 0,
                            "maximum": 9007199254740991
                          }
                        }
                      },
                      {
                        "type": "null"
                      }
                    ]
                  },
                  "moving": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "to"
                        ],
                        "properties": {
                          "to": {
                            "oneOf": [
                              {
                                "type": "object",
                                "additionalProperties": false,
                                "required": [
                                  "owner",
                                  "virtualNode",
                                  "hosts",
                                  "virtualNodes",
                                  "generation"
                                ],
                                "properties": {
                                  "owner": {
                                    "type": "object",
                                    "additionalProperties": false,
                                    "required": [
                                      "host",
                                      "appId",
                                      "epoch",
                                      "cordoned"
                                    ],
                                    "properties": {
                                      "host": {
                                        "type": "string",
                                        "maxLength": 261,
                                        "pattern": "^(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
                                        "x-form": "host:port"
                                      },
                                      "appId": {
                                        "type": "string",
                                        "minLength": 1,
                                        "maxLength": 128,
                                        "x-max-bytes": 128
                                      },
                                      "epoch": {
                                        "type": "integer",
                                        "minimum": 0,
                                        "maximum": 9007199254740991
                                      },
                                      "cordoned": {
                                        "type": "boolean"
                                      }
                                    }
                                  },
                                  "virtualNode": {
                                    "type": "object",
                                    "additionalProperties": false,
                                    "required": [
                                      "hash",
                                      "index"
                                    ],
                                    "properties": {
                                      "hash": {
                                        "type": "string",
                                        "pattern": "^(0|[1-9][0-9]{0,19})$",
                                        "x-form": "of a whole number"
                                      },
                                      "index": {
                                        "type": "integer",
                                        "minimum": 0,
                                        "maximum": 9007199254740991
                                      }
                                    }
                                  },
                                  "hosts": {
                                    "type": "integer",
                                    "minimum": 0,
                                    "maximum": 9007199254740991
                                  },
                                  "virtualNodes": {
                                    "type": "integer",
                                    "minimum": 0,
                                    "maximum": 9007199254740991
                                  },
                                  "generation": {
                                    "type": "integer",
                                    "minimum": 0,
                                    "maximum": 9007199254740991
                                  }
                                }
                              },
                              {
                                "type": "null"
                              }
                            ]
                          }
                        }
                      }
                    ]
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "getRounds",
    "method": "GET",
    "url": "/v1/namespaces/:namespace/rounds",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
          }
        },
        "required": [
          "namespace"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "consistency": {
            "type": "string",
            "enum": [
              "stale",
              "default",
              "consistent"
            ],
            "default": "default"
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "namespace",
                  "generation",
                  "committed",
                  "running",
                  "recent"
                ],
                "properties": {
                  "namespace": {
                    "type": "string",
                    "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
                    "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
                  },
                  "generation": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "committed": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "running": {
                    "oneOf": [
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "term",
                          "from",
                          "to",
                          "elapsedMs",
                          "deadlineMs",
                          "hosts",
                          "acknowledged",
                          "waitingFor"
                        ],
                        "properties": {
                          "term": {
                            "type": "integer",
                            "minimum": 0,
                            "maximum": 9007199254740991
                          },
                          "from": {
                            "type": "integer",
                            "minimum": 0,
                            "maximum": 9007199254740991
                          },
                          "to": {
                            "type": "integer",
                            "minimum": 0,
                            "maximum": 9007199254740991
                          },
                          "elapsedMs": {
                            "type": "integer",
                            "minimum": 0,
                            "maximum": 9007199254740991
                          },
                          "deadlineMs": {
                            "type": "integer",
                            "minimum": 0,
                            "maximum": 9007199254740991
                          },
                          "hosts": {
                            "type": "integer",
                            "minimum": 0,
                            "maximum": 9007199254740991
                          },
                          "acknowledged": {
                            "type": "integer",
                            "minimum": 0,
                            "maximum": 9007199254740991
                          },
                          "waitingFor": {
                            "type": "array",
                            "maxItems": 100,
                            "items": {
                              "type": "object",
                              "additionalProperties": false,
                              "required": [
                                "name",
                                "epoch",
                                "losesKeys"
                              ],
                              "properties": {
                                "name": {
                                  "type": "string",
                                  "maxLength": 261,
                                  "pattern": "^(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
                                  "x-form": "host:port"
                                },
                                "epoch": {
                                  "type": "integer",
                                  "minimum": 0,
                                  "maximum": 9007199254740991
                                },
                                "losesKeys": {
                                  "type": "boolean"
                                }
                              }
                            }
                          }
                        }
                      },
                      {
                        "type": "null"
                      }
                    ]
                  },
                  "recent": {
                    "type": "array",
                    "maxItems": 100,
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "term",
                        "from",
                        "to",
                        "finishedAt",
                        "durationMs",
                        "hosts",
                        "stragglers"
                      ],
                      "properties": {
                        "term": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "from": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "to": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "finishedAt": {
                          "type": "string",
                          "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$",
                          "x-form": "2026-01-31T12:00:00.000Z"
                        },
                        "durationMs": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "hosts": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "stragglers": {
                          "type": "array",
                          "items": {
                            "type": "object",
                            "additionalProperties": false,
                            "required": [
                              "name",
                              "epoch"
                            ],
                            "properties": {
                              "name": {
                                "type": "string",
                                "maxLength": 261,
                                "pattern": "^(\\[[0-9A-Fa-f:.]{2,45}\\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
                                "x-form": "host:port"
                              },
                              "epoch": {
                                "type": "integer",
                                "minimum": 0,
                                "maximum": 9007199254740991
                              }
                            }
                          }
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "listEvents",
    "method": "GET",
    "url": "/v1/events",
    "schema": {
      "querystring": {
        "type": "object",
        "properties": {
          "consistency": {
            "type": "string",
            "enum": [
              "stale",
              "default",
              "consistent"
            ],
            "default": "default"
          },
          "limit": {
            "type": "integer",
            "minimum": 1,
            "maximum": 1000,
            "default": 100
          },
          "cursor": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "pattern": "^[A-Za-z0-9_-]+$",
            "x-form": "of a cursor that a page gave as its next"
          },
          "order": {
            "type": "string",
            "enum": [
              "newest",
              "oldest"
            ],
            "default": "newest"
          },
          "namespace": {
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "x-form": "of a word: 1 to 63 of a-z, 0-9 and -, with no - at its ends"
          },
          "kind": {
            "type": "string",
            "minLength": 1,
            "maxLength": 64,
            "pattern": "^[a-z][a-z0-9_-]*$",
            "x-form": "of a word of a-z, 0-9, _ and -"
          },
          "member": {
            "type": "string",
            "maxLength": 261,
            "pattern": "^(\\[[0-9a-f:.]{2,45}\\]|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
            "x-form": "host:port",
            "x-address": true
          },
          "fromIndex": {
            "type": "integer",
            "minimum": 0,
            "maximum": 9007199254740991
          },
          "toIndex": {
            "type": "integer",
            "minimum": 0,
            "maximum": 9007199254740991
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "items",
                  "next"
                ],
                "properties": {
                  "items": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "index",
                        "position",
                        "namespace",
                        "generation",
                        "kind",
                        "member",
                        "reason",
                        "at",
                        "detail"
                      ],
                      "properties": {
                        "index": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "position": {
                          "type": "integer",
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "namespace": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "generation": {
                          "type": [
                            "integer",
                            "null"
                          ],
                          "minimum": 0,
                          "maximum": 9007199254740991
                        },
                        "kind": {
                          "type": "string"
                        },
                        "member": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "reason": {
                          "type": [
                            "string",
                            "null"
                          ]
                        },
                        "at": {
                          "type": "string",
                          "pattern": "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z$",
                          "x-form": "2026-01-31T12:00:00.000Z"
                        },
                        "detail": {}
                      }
                    }
                  },
                  "next": {
                    "type": [
                      "string",
                      "null"
                    ]
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "getCluster",
    "method": "GET",
    "url": "/v1/cluster",
    "schema": {
      "querystring": {
        "type": "object",
        "properties": {
          "consistency": {
            "type": "string",
            "enum": [
              "stale",
              "default",
              "consistent"
            ],
            "default": "default"
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "name",
                  "lineage",
                  "confirmed",
                  "settings",
                  "status"
                ],
                "properties": {
                  "name": {
                    "type": [
                      "string",
                      "null"
                    ]
                  },
                  "lineage": {
                    "oneOf": [
                      {
                        "type": "string",
                        "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
                        "x-form": "of a uuid in lower case"
                      },
                      {
                        "type": "null"
                      }
                    ]
                  },
                  "confirmed": {
                    "type": "boolean"
                  },
                  "settings": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "factor",
                      "heartbeatMs",
                      "fenceAfterMs",
                      "hostTimeoutMs",
                      "fenceMarginMs",
                      "roundDeadlineMs",
                      "coalesceMs",
                      "beaconMs",
                      "admissionsPerMinuteMax",
                      "levelMax",
                      "driftPpm"
                    ],
                    "properties": {
                      "factor": {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 10000
                      },
                      "heartbeatMs": {
                        "type": "integer",
                        "minimum": 10,
                        "maximum": 86400000
                      },
                      "fenceAfterMs": {
                        "type": "integer",
                        "minimum": 100,
                        "maximum": 86400000
                      },
                      "hostTimeoutMs": {
                        "type": "integer",
                        "minimum": 100,
                        "maximum": 86400000
                      },
                      "fenceMarginMs": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 86400000
                      },
                      "roundDeadlineMs": {
                        "type": "integer",
                        "minimum": 1000,
                        "maximum": 300000
                      },
                      "coalesceMs": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 10000
                      },
                      "beaconMs": {
                        "type": "integer",
                        "minimum": 100,
                        "maximum": 60000
                      },
                      "admissionsPerMinuteMax": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 1000
                      },
                      "levelMax": {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 65535
                      },
                      "driftPpm": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 100000
                      }
                    }
                  },
                  "status": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "answeredBy",
                      "leader",
                      "term",
                      "level",
                      "replicas",
                      "alarms"
                    ],
                    "properties": {
                      "answeredBy": {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 2147483648
                      },
                      "leader": {
                        "oneOf": [
                          {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          {
                            "type": "null"
                          }
                        ]
                      },
                      "term": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 9007199254740991
                      },
                      "level": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "active",
                          "waitsFor"
                        ],
                        "properties": {
                          "active": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 65535
                          },
                          "waitsFor": {
                            "type": "array",
                            "items": {
                              "type": "string"
                            }
                          }
                        }
                      },
                      "replicas": {
                        "type": "array",
                        "items": {
                          "type": "object",
                          "additionalProperties": false,
                          "required": [
                            "id",
                            "role",
                            "membership",
                            "term",
                            "commit",
                            "applied",
                            "lag",
                            "digest",
                            "lastContactMs",
                            "version",
                            "levels",
                            "postgres",
                            "addresses"
                          ],
                          "properties": {
                            "id": {
                              "type": "integer",
                              "minimum": 1,
                              "maximum": 2147483648
                            },
                            "role": {
                              "type": "string",
                              "enum": [
                                "leader",
                                "follower",
                                "candidate",
                                "stopped",
                                "unknown"
                              ]
                            },
                            "membership": {
                              "type": "string",
                              "enum": [
                                "voter",
                                "learner",
                                "leaving"
                              ]
                            },
                            "term": {
                              "type": [
                                "integer",
                                "null"
                              ],
                              "minimum": 0,
                              "maximum": 9007199254740991
                            },
                            "commit": {
                              "type": [
                                "integer",
                                "null"
                              ],
                              "minimum": 0,
                              "maximum": 9007199254740991
                            },
                            "applied": {
                              "type": [
                                "integer",
                                "null"
                              ],
                              "minimum": 0,
                              "maximum": 9007199254740991
                            },
                            "lag": {
                              "type": [
                                "integer",
                                "null"
                              ],
                              "minimum": 0,
                              "maximum": 9007199254740991
                            },
                            "digest": {
                              "type": [
                                "string",
                                "null"
                              ]
                            },
                            "lastContactMs": {
                              "type": [
                                "integer",
                                "null"
                              ],
                              "minimum": 0,
                              "maximum": 9007199254740991
                            },
                            "version": {
                              "type": [
                                "string",
                                "null"
                              ]
                            },
                            "levels": {
                              "oneOf": [
                                {
                                  "type": "object",
                                  "additionalProperties": false,
                                  "required": [
                                    "oldest",
                                    "newest"
                                  ],
                                  "properties": {
                                    "oldest": {
                                      "type": "integer",
                                      "minimum": 1,
                                      "maximum": 65535
                                    },
                                    "newest": {
                                      "type": "integer",
                                      "minimum": 1,
                                      "maximum": 65535
                                    }
                                  }
                                },
                                {
                                  "type": "null"
                                }
                              ]
                            },
                            "postgres": {
                              "oneOf": [
                                {
                                  "type": "object",
                                  "additionalProperties": false,
                                  "required": [
                                    "writable",
                                    "version",
                                    "commitMs"
                                  ],
                                  "properties": {
                                    "writable": {
                                      "type": "boolean"
                                    },
                                    "version": {
                                      "type": [
                                        "string",
                                        "null"
                                      ]
                                    },
                                    "commitMs": {
                                      "type": [
                                        "number",
                                        "null"
                                      ],
                                      "minimum": 0
                                    }
                                  }
                                },
                                {
                                  "type": "null"
                                }
                              ]
                            },
                            "addresses": {
                              "type": "object",
                              "additionalProperties": false,
                              "required": [
                                "api",
                                "peer"
                              ],
                              "properties": {
                                "api": {
                                  "type": [
                                    "string",
                                    "null"
                                  ]
                                },
                                "peer": {
                                  "type": [
                                    "string",
                                    "null"
                                  ]
                                }
                              }
                            }
                          }
                        }
                      },
                      "alarms": {
                        "type": "array",
                        "items": {
                          "type": "object",
                          "additionalProperties": false,
                          "required": [
                            "code",
                            "replica",
                            "detail"
                          ],
                          "properties": {
                            "code": {
                              "type": "string"
                            },
                            "replica": {
                              "oneOf": [
                                {
                                  "type": "integer",
                                  "minimum": 1,
                                  "maximum": 2147483648
                                },
                                {
                                  "type": "null"
                                }
                              ]
                            },
                            "detail": {
                              "type": "string"
                            }
                          }
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "addReplica",
    "method": "POST",
    "url": "/v1/cluster/replicas",
    "schema": {
      "querystring": {
        "type": "object",
        "properties": {
          "forward": {
            "type": "boolean",
            "default": true
          }
        }
      },
      "body": {
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "id",
                "peer"
              ],
              "properties": {
                "id": {
                  "type": "integer",
                  "minimum": 1,
                  "maximum": 2147483648
                },
                "peer": {
                  "type": "string",
                  "maxLength": 261,
                  "pattern": "^(\\[[0-9a-f:.]{2,45}\\]|[a-z0-9_]([a-z0-9._-]{0,251}[a-z0-9_])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
                  "x-form": "host:port",
                  "x-peer-address": true
                },
                "membership": {
                  "type": "string",
                  "enum": [
                    "voter",
                    "learner"
                  ],
                  "default": "voter"
                }
              }
            }
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "index",
                  "term",
                  "changed",
                  "generation"
                ],
                "properties": {
                  "index": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "term": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "changed": {
                    "type": "boolean"
                  },
                  "generation": {
                    "type": [
                      "integer",
                      "null"
                    ],
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "removeReplica",
    "method": "DELETE",
    "url": "/v1/cluster/replicas/:id",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "id": {
            "type": "integer",
            "minimum": 1,
            "maximum": 2147483648
          }
        },
        "required": [
          "id"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "forward": {
            "type": "boolean",
            "default": true
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "index",
                  "term",
                  "changed",
                  "generation"
                ],
                "properties": {
                  "index": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "term": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "changed": {
                    "type": "boolean"
                  },
                  "generation": {
                    "type": [
                      "integer",
                      "null"
                    ],
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "promoteReplica",
    "method": "POST",
    "url": "/v1/cluster/replicas/:id/promote",
    "schema": {
      "params": {
        "type": "object",
        "properties": {
          "id": {
            "type": "integer",
            "minimum": 1,
            "maximum": 2147483648
          }
        },
        "required": [
          "id"
        ]
      },
      "querystring": {
        "type": "object",
        "properties": {
          "forward": {
            "type": "boolean",
            "default": true
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "index",
                  "term",
                  "changed",
                  "generation"
                ],
                "properties": {
                  "index": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "term": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "changed": {
                    "type": "boolean"
                  },
                  "generation": {
                    "type": [
                      "integer",
                      "null"
                    ],
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "changeReplicas",
    "method": "POST",
    "url": "/v1/cluster/changes",
    "schema": {
      "querystring": {
        "type": "object",
        "properties": {
          "forward": {
            "type": "boolean",
            "default": true
          }
        }
      },
      "body": {
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "changes"
              ],
              "properties": {
                "changes": {
                  "type": "array",
                  "minItems": 1,
                  "maxItems": 64,
                  "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "id",
                      "membership"
                    ],
                    "properties": {
                      "id": {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 2147483648
                      },
                      "membership": {
                        "type": "string",
                        "enum": [
                          "voter",
                          "learner",
                          "none"
                        ]
                      },
                      "peer": {
                        "type": "string",
                        "maxLength": 261,
                        "pattern": "^(\\[[0-9a-f:.]{2,45}\\]|[a-z0-9_]([a-z0-9._-]{0,251}[a-z0-9_])?):(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})$",
                        "x-form": "host:port",
                        "x-peer-address": true
                      }
                    }
                  }
                },
                "leave": {
                  "type": "string",
                  "enum": [
                    "auto",
                    "implicit",
                    "explicit"
                  ],
                  "default": "auto"
                }
              }
            }
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "index",
                  "term",
                  "changed",
                  "generation"
                ],
                "properties": {
                  "index": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "term": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "changed": {
                    "type": "boolean"
                  },
                  "generation": {
                    "type": [
                      "integer",
                      "null"
                    ],
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "leaveJoint",
    "method": "POST",
    "url": "/v1/cluster/changes/leave",
    "schema": {
      "querystring": {
        "type": "object",
        "properties": {
          "forward": {
            "type": "boolean",
            "default": true
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "index",
                  "term",
                  "changed",
                  "generation"
                ],
                "properties": {
                  "index": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "term": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "changed": {
                    "type": "boolean"
                  },
                  "generation": {
                    "type": [
                      "integer",
                      "null"
                    ],
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "transferLeadership",
    "method": "POST",
    "url": "/v1/cluster/transfer",
    "schema": {
      "querystring": {
        "type": "object",
        "properties": {
          "forward": {
            "type": "boolean",
            "default": true
          }
        }
      },
      "body": {
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "to": {
                  "type": "integer",
                  "minimum": 1,
                  "maximum": 2147483648
                }
              }
            }
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "index",
                  "term",
                  "changed",
                  "generation"
                ],
                "properties": {
                  "index": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "term": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "changed": {
                    "type": "boolean"
                  },
                  "generation": {
                    "type": [
                      "integer",
                      "null"
                    ],
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "takeSnapshot",
    "method": "POST",
    "url": "/v1/cluster/snapshot",
    "schema": {
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "index",
                  "term",
                  "changed",
                  "generation"
                ],
                "properties": {
                  "index": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "term": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "changed": {
                    "type": "boolean"
                  },
                  "generation": {
                    "type": [
                      "integer",
                      "null"
                    ],
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "getSettings",
    "method": "GET",
    "url": "/v1/settings",
    "schema": {
      "querystring": {
        "type": "object",
        "properties": {
          "consistency": {
            "type": "string",
            "enum": [
              "stale",
              "default",
              "consistent"
            ],
            "default": "default"
          }
        }
      },
      "headers": {
        "type": "object",
        "properties": {
          "If-None-Match": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "factor",
                  "heartbeatMs",
                  "fenceAfterMs",
                  "hostTimeoutMs",
                  "fenceMarginMs",
                  "roundDeadlineMs",
                  "coalesceMs",
                  "beaconMs",
                  "admissionsPerMinuteMax",
                  "levelMax",
                  "driftPpm"
                ],
                "properties": {
                  "factor": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 10000
                  },
                  "heartbeatMs": {
                    "type": "integer",
                    "minimum": 10,
                    "maximum": 86400000
                  },
                  "fenceAfterMs": {
                    "type": "integer",
                    "minimum": 100,
                    "maximum": 86400000
                  },
                  "hostTimeoutMs": {
                    "type": "integer",
                    "minimum": 100,
                    "maximum": 86400000
                  },
                  "fenceMarginMs": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 86400000
                  },
                  "roundDeadlineMs": {
                    "type": "integer",
                    "minimum": 1000,
                    "maximum": 300000
                  },
                  "coalesceMs": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 10000
                  },
                  "beaconMs": {
                    "type": "integer",
                    "minimum": 100,
                    "maximum": 60000
                  },
                  "admissionsPerMinuteMax": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 1000
                  },
                  "levelMax": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": 65535
                  },
                  "driftPpm": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 100000
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "changeSettings",
    "method": "PATCH",
    "url": "/v1/settings",
    "schema": {
      "querystring": {
        "type": "object",
        "properties": {
          "forward": {
            "type": "boolean",
            "default": true
          }
        }
      },
      "headers": {
        "type": "object",
        "properties": {
          "Idempotency-Key": {
            "type": "string",
            "pattern": "^[!-~]{1,128}$",
            "x-form": "of 1 to 128 visible ASCII characters"
          }
        }
      },
      "body": {
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "additionalProperties": false,
              "minProperties": 1,
              "properties": {
                "factor": {
                  "type": "integer",
                  "minimum": 1,
                  "maximum": 10000
                },
                "heartbeatMs": {
                  "type": "integer",
                  "minimum": 10,
                  "maximum": 86400000
                },
                "fenceAfterMs": {
                  "type": "integer",
                  "minimum": 100,
                  "maximum": 86400000
                },
                "hostTimeoutMs": {
                  "type": "integer",
                  "minimum": 100,
                  "maximum": 86400000
                },
                "fenceMarginMs": {
                  "type": "integer",
                  "minimum": 0,
                  "maximum": 86400000
                },
                "roundDeadlineMs": {
                  "type": "integer",
                  "minimum": 1000,
                  "maximum": 300000
                },
                "coalesceMs": {
                  "type": "integer",
                  "minimum": 0,
                  "maximum": 10000
                },
                "beaconMs": {
                  "type": "integer",
                  "minimum": 100,
                  "maximum": 60000
                },
                "admissionsPerMinuteMax": {
                  "type": "integer",
                  "minimum": 0,
                  "maximum": 1000
                },
                "levelMax": {
                  "type": "integer",
                  "minimum": 1,
                  "maximum": 65535
                },
                "driftPpm": {
                  "type": "integer",
                  "minimum": 0,
                  "maximum": 100000
                }
              }
            }
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "index",
                  "term",
                  "changed",
                  "generation"
                ],
                "properties": {
                  "index": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "term": {
                    "type": "integer",
                    "minimum": 0,
                    "maximum": 9007199254740991
                  },
                  "changed": {
                    "type": "boolean"
                  },
                  "generation": {
                    "type": [
                      "integer",
                      "null"
                    ],
                    "minimum": 0,
                    "maximum": 9007199254740991
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "livez",
    "method": "GET",
    "url": "/livez",
    "schema": {
      "querystring": {
        "type": "object",
        "properties": {
          "verbose": {
            "type": "string",
            "enum": [
              "",
              "true",
              "1",
              "false",
              "0"
            ]
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "ok"
                ],
                "properties": {
                  "ok": {
                    "const": true
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "readyz",
    "method": "GET",
    "url": "/readyz",
    "schema": {
      "querystring": {
        "type": "object",
        "properties": {
          "verbose": {
            "type": "string",
            "enum": [
              "",
              "true",
              "1",
              "false",
              "0"
            ]
          }
        }
      },
      "response": {
        "200": {
          "content": {
            "application/json": {
              "schema": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "ok"
                ],
                "properties": {
                  "ok": {
                    "const": true
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "metrics",
    "method": "GET",
    "url": "/metrics",
    "schema": {
      "response": {
        "200": {
          "content": {
            "text/plain": {
              "schema": {
                "type": "string"
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "openapiDocument",
    "method": "GET",
    "url": "/openapi.json",
    "schema": {
      "response": {
        "200": {
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
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "asyncapiDocument",
    "method": "GET",
    "url": "/asyncapi.json",
    "schema": {
      "response": {
        "200": {
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
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  },
  {
    "operationId": "welcomePage",
    "method": "GET",
    "url": "/",
    "schema": {
      "response": {
        "200": {
          "content": {
            "text/html": {
              "schema": {
                "type": "string"
              }
            }
          }
        },
        "default": {
          "content": {
            "application/problem+json": {
              "schema": {
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
                    "type": "string"
                  },
                  "code": {
                    "type": "string"
                  },
                  "retryable": {
                    "type": "boolean"
                  },
                  "errors": {
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
                          "type": "string"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  },
                  "leader": {
                    "oneOf": [
                      {
                        "type": "null"
                      },
                      {
                        "type": "object",
                        "additionalProperties": false,
                        "required": [
                          "id",
                          "address"
                        ],
                        "properties": {
                          "id": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 2147483648
                          },
                          "address": {
                            "type": [
                              "string",
                              "null"
                            ]
                          }
                        }
                      }
                    ]
                  },
                  "checks": {
                    "type": "array",
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "name",
                        "ok",
                        "detail"
                      ],
                      "properties": {
                        "name": {
                          "type": "string"
                        },
                        "ok": {
                          "type": "boolean"
                        },
                        "detail": {
                          "type": "string"
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }
]
