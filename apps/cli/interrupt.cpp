#include "interrupt.h"

#include <csignal>

namespace odsora_cli {
namespace {

odsora::CancelToken token;

extern "C" void request_stop(int /*signal*/) { token.request(); }

}  // namespace

odsora::CancelToken& interrupt_token() {
  static const bool installed = [] {
    struct sigaction action = {};
    action.sa_handler = request_stop;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
    struct sigaction before = {};
    sigaction(SIGHUP, nullptr, &before);
    if (before.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);  // nohup ignores it
    return true;
  }();
  (void)installed;
  return token;
}

}  // namespace odsora_cli
