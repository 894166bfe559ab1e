// Amounts of memory as people write and read them.
#pragma once

#include <string>
#include <string_view>

#include "base/units.h"

namespace odsora {

/// Reads "3.3G", "300 MB", "2Gi", "512KiB" or "1000000": a decimal number, at most some spaces, and a unit. K, M, G and
/// T are powers of 1000, Ki, Mi, Gi and Ti powers of 1024, in any case and with or without a B behind; a number without
/// one of them is whole bytes. A fraction of a byte is rounded to the nearest. Throws Error(kInvalidArgument).
Bytes parse_byte_size(std::string_view text);

/// Powers of 1000: "3.30 GB" and "1.25 TB" with two decimals, "412 MB", "96 kB" and "512 B" without; to the nearest.
/// parse_byte_size reads all of them.
std::string format_byte_size(Bytes bytes);

/// The least amount, `bytes` or more, that format_byte_size shows exactly: a limit that a message asks for must be
/// enough when it is typed as it was read. At most 2^64 - 1.
Bytes round_up_as_shown(Bytes bytes);

}  // namespace odsora
