#include "tools/bench_peer.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace odsora {
namespace {

[[noreturn]] void refuse(const std::string& command, const std::string& line) {
  fail(ErrorCode::kInvalidArgument, "peer '", command,
       "': expected a line of JSON as bench/peers/README.md says, found ",
       line.empty() ? "the end of its output" : line);
}

nlohmann::json parse(const std::string& command, const std::string& line) {
  const nlohmann::json answer = nlohmann::json::parse(line, nullptr, false);
  if (!answer.is_object()) refuse(command, line);
  return answer;
}

}  // namespace

BenchPeer::BenchPeer(const std::string& command) : command_(command) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that ended is an answer that does not come
  int to_peer[2];
  int from_peer[2];
  if (pipe(to_peer) != 0 || pipe(from_peer) != 0) fail(ErrorCode::kInternal, "no pipe to the peer '", command, "'");
  process_ = fork();
  if (process_ < 0) fail(ErrorCode::kInternal, "the peer '", command, "' cannot be started");
  if (process_ == 0) {
    dup2(to_peer[0], STDIN_FILENO);
    dup2(from_peer[1], STDOUT_FILENO);
    for (const int end : {to_peer[0], to_peer[1], from_peer[0], from_peer[1]}) close(end);
    execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(to_peer[0]);
  close(from_peer[1]);
  requests_ = fdopen(to_peer[1], "w");
  answers_ = fdopen(from_peer[0], "r");
  const std::string line = read_line();
  const nlohmann::json greeting = parse(command_, line);
  if (!greeting.contains("peer") || !greeting["peer"].is_string()) refuse(command_, line);
  name_ = greeting["peer"].get<std::string>();
}

BenchPeer::~BenchPeer() {
  std::fclose(requests_);
  std::fclose(answers_);
  waitpid(process_, nullptr, 0);
}

std::optional<Seconds> BenchPeer::run(const std::string& case_name) {
  std::fprintf(requests_, "%s\n", case_name.c_str());
  std::fflush(requests_);
  const std::string line = read_line();
  const nlohmann::json answer = parse(command_, line);
  if (!answer.contains("known") || !answer["known"].is_boolean()) refuse(command_, line);
  if (!answer["known"].get<bool>()) return std::nullopt;
  if (!answer.contains("seconds") || !answer["seconds"].is_number()) refuse(command_, line);
  return answer["seconds"].get<double>();
}

std::string BenchPeer::read_line() {
  std::string line;
  for (int c = std::fgetc(answers_); c != EOF && c != '\n'; c = std::fgetc(answers_)) line += static_cast<char>(c);
  return line;
}

}  // namespace odsora
