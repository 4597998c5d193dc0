%% The child of restart.erl: a gen_server that says that it runs, and then counts.
-module(counter).
-behaviour(gen_server).
-export([start_link/1, init/1, handle_call/3, handle_cast/2]).

start_link(Watcher) ->
    gen_server:start_link(?MODULE, Watcher, []).

init(Watcher) ->
    Watcher ! {running, self()},
    {ok, 0}.

handle_call(_, _, Count) -> {reply, Count + 1, Count + 1}.

handle_cast(_, Count) -> {noreply, Count + 1}.
