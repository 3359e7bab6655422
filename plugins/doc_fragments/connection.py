# Copyright (c) 2026 the cloudopera.ies maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How to reach an IES: the options that every module, the inventory plugin and the event source share."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of the connection options."""

    DOCUMENTATION = r"""
options:
  api_url:
    description:
      - Address of the IES, such as V(https://ies.example.com:17100). A trailing V(/) or V(/rest) makes no difference.
      - Credentials, a query or a fragment in it are refused.
      - If not set, the environment variable E(IES_API_URL) is used.
    type: str
    required: true
  auth_token:
    description:
      - The token of the tenant. Sent as C(X-Auth-Token) with every request; it also selects the tenant.
      - White space inside is removed, so a token that was pasted over several lines works.
      - A warning tells when the token itself says that it has expired; it is sent nevertheless.
      - If not set, the environment variable E(IES_AUTH_TOKEN) is used.
    type: str
    required: true
  bearer_token:
    description:
      - The access token of the API gateway. Sent as C(Authorization) with the word C(Bearer) before it.
      - White space inside is removed. When there is none, no such header is sent.
      - If not set, the environment variable E(IES_BEARER_TOKEN) is used.
    type: str
  validate_certs:
    description:
      - Whether the server's certificate is checked.
      - For a certificate of a private CA set O(ca_path) rather than turning the check off.
      - If not set, the environment variable E(IES_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File with the CA certificates (PEM) that the server's certificate is checked against, on the host that sends the
        requests.
      - A file that is empty counts as none.
      - When there is none, the file named by E(REQUESTS_CA_BUNDLE) or E(CURL_CA_BUNDLE) is used, and without these
        variables the CAs of the system.
      - If not set, the environment variable E(IES_CA_PATH) is used.
    type: path
  api_timeout:
    description:
      - Seconds to wait for a connection, and then for a response, with every request. At least V(1).
      - If not set, the environment variable E(IES_API_TIMEOUT) is used.
    type: int
    default: 30
  api_retries:
    description:
      - How often a failed read is repeated; with the default there are six requests at most. V(0) turns repeating off.
      - Repeated are reads that met no connection, no response, a broken response, a failing server (5xx) or too many requests
        (429). Between them are pauses that grow from half a second to eight, or what the server asks for with
        C(Retry-After), up to five minutes.
      - A write is never repeated on a guess. When its response is lost, the service is looked for first. An order is then sent
        again only if the server said that it did not take it (429, 503), at most this often; a change or a removal that
        is found not to have been taken is sent once more.
      - If not set, the environment variable E(IES_API_RETRIES) is used.
    type: int
    default: 5
requirements:
  - requests >= 2.25
notes:
  - Tokens are kept out of every output. Keep them out of playbooks too, in the environment or in Ansible Vault.
  - Redirects are never followed, because the tokens would go along. One is an error that names where it points.
  - Proxies come from the usual environment variables, E(https_proxy), E(http_proxy) and E(no_proxy). A C(.netrc) file is
    not read, and cookies are not kept.
  - The collection was written against a description of the API. It has not been verified against a real IES.
"""

    # Where the inventory plugin and its like find the options; to be used beside the standard fragment.
    PLUGINS = r"""
options:
  api_url:
    env:
      - name: IES_API_URL
  auth_token:
    env:
      - name: IES_AUTH_TOKEN
  bearer_token:
    env:
      - name: IES_BEARER_TOKEN
  validate_certs:
    env:
      - name: IES_VALIDATE_CERTS
  ca_path:
    env:
      - name: IES_CA_PATH
  api_timeout:
    env:
      - name: IES_API_TIMEOUT
  api_retries:
    env:
      - name: IES_API_RETRIES
"""
