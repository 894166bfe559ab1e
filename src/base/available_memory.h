// How much memory this process may use: its default limit when the user names none.
//
// The process may grow by the least of these, as far as the system tells them:
//   - the machine: MemAvailable of /proc/meminfo, what can be had without swapping;
//   - each control group that the process is in, up to the root of the hierarchy: memory.max and memory.high of
//     version 2, memory.limit_in_bytes of version 1, minus what the group has charged. Cached file pages count as
//     free there, as they do in MemAvailable: the kernel drops them before it refuses or kills;
//   - the resource limits RLIMIT_AS and RLIMIT_DATA, minus what counts towards them.
// Available is that growth plus what the process holds already, so the number does not depend on when it is asked.
#pragma once

#include <filesystem>
#include <optional>

#include "base/units.h"

namespace odsora {

/// Where the kernel tells about memory. Tests name trees of their own.
struct MemoryFiles {
  std::filesystem::path proc = "/proc";
  std::filesystem::path control_groups = "/sys/fs/cgroup";
};

/// Soft limits of the process; absent is unlimited.
struct ResourceLimits {
  std::optional<Bytes> address_space;  // RLIMIT_AS
  std::optional<Bytes> data;           // RLIMIT_DATA
};

ResourceLimits resource_limits();

/// The rule above. Nothing when the system tells of no bound at all. What cannot be read or parsed bounds nothing.
std::optional<Bytes> available_memory(const MemoryFiles& files, const ResourceLimits& limits);

/// What of `available` a process should use: all but a twentieth, at least but 200 MB, which are for the rest of the
/// machine and for what is not counted; and never less than 100 MB.
Bytes memory_limit_within(Bytes available);

/// memory_limit_within what this process has available; of half the machine's memory where the system tells only that.
Bytes default_memory_limit();

}  // namespace odsora
