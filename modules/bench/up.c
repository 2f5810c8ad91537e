// An engine for measuring: answers at once, on one epoll thread, and puts the time it is sent into
// every chunk's text (@ and monotonic ns), so that what a proxy adds can be read at the other end,
// translated or not.
//   up --port N [--n CHUNKS] [--us MICROS]      (any other arguments are ignored, so that a neuron
//   can start it as its llama-server: it answers /health, /v1/models, /props, /slots)
// POST .../completions: a small JSON body, or with "stream":true CHUNKS chunks, one each MICROS;
// one each 10 s when it asks for the model "idle".
// POST /v1/sse?n=&us=&delay=MS&die=K: a stream with its own numbers, cut after K chunks with die.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <time.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
typedef unsigned long long u64; typedef long long i64;
static i64 now(){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec*1000000000LL+t.tv_nsec;}
typedef struct C{int fd;char*in;int inl,incap;int hdr;i64 need;int sse;i64 left,sent,die,us;i64 due;int hi;int sz;char*out;int outl,outo,outcap;int want,closeafter;int gen;}C;
static int ep,verbose;static const char*alias="m";static long long def_n=100,def_us=20000;static C**heap;static int hn,hcap;
static void hswap(int a,int b){C*t=heap[a];heap[a]=heap[b];heap[b]=t;heap[a]->hi=a;heap[b]->hi=b;}
static void hup(int i){while(i&&heap[(i-1)/2]->due>heap[i]->due){hswap(i,(i-1)/2);i=(i-1)/2;}}
static void hdn(int i){for(;;){int l=2*i+1,m=i;if(l<hn&&heap[l]->due<heap[m]->due)m=l;if(l+1<hn&&heap[l+1]->due<heap[m]->due)m=l+1;if(m==i)return;hswap(i,m);i=m;}}
static void hadd(C*c){if(hn==hcap){hcap=hcap?hcap*2:1024;heap=realloc(heap,hcap*sizeof*heap);}heap[hn]=c;c->hi=hn;hup(hn++);}
static void hdel(C*c){if(c->hi<0)return;int i=c->hi;hn--;if(i!=hn){heap[i]=heap[hn];heap[i]->hi=i;hup(i);hdn(i);}c->hi=-1;}
static void kill_(C*c){if(verbose&&c->sse)fprintf(stderr,"%.3f UP conn closed while streaming, sent=%lld left=%lld\n",now()/1e9,c->sent,c->left);hdel(c);close(c->fd);free(c->in);free(c->out);free(c);}
static void arm(C*c,int w){if(c->want==w)return;c->want=w;struct epoll_event e={.events=EPOLLIN|EPOLLRDHUP|(w?EPOLLOUT:0),.data.ptr=c};epoll_ctl(ep,EPOLL_CTL_MOD,c->fd,&e);}
static void put(C*c,const char*s,int n){if(c->outl+n>c->outcap){c->outcap=(c->outl+n)*2;c->out=realloc(c->out,c->outcap);}memcpy(c->out+c->outl,s,n);c->outl+=n;}
static int flush_(C*c){while(c->outo<c->outl){ssize_t r=send(c->fd,c->out+c->outo,c->outl-c->outo,MSG_NOSIGNAL);if(r<0){if(errno==EAGAIN){arm(c,1);return 0;}return -1;}c->outo+=r;}c->outo=c->outl=0;arm(c,0);return 1;}
static char pad[65536];
static void event(C*c){char b[70000],h[32];int n=sprintf(b,"data: {\"id\":\"chatcmpl-0123456789abcdef\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"@%lld \"},\"finish_reason\":null}]%.*s}\n\n",now(),c->sz,pad);int k=sprintf(h,"%x\r\n",n);put(c,h,k);put(c,b,n);put(c,"\r\n",2);c->sent++;c->left--;}
#define LAST_EVENT "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define LAST "79\r\n" LAST_EVENT "\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"
static int finish(C*c){put(c,LAST,sizeof LAST-1);c->sse=0;hdel(c);return flush_(c);}
static int step(C*c){ // due
  if(c->die>=0&&c->sent>=c->die){c->sse=0;flush_(c);kill_(c);return -1;}
  if(c->left<=0){ if(finish(c)<0){kill_(c);return -1;}return 0;}
  if(c->us==0){int r=1;for(int i=0;i<64&&c->left>0&&r==1;i++){event(c);r=flush_(c);}if(r<0){kill_(c);return -1;}if(r==0){hdel(c);}else{c->due=now();hdn(c->hi);}return 0;}
  if(c->outl<(1<<20))event(c);else c->left--; if(flush_(c)<0){kill_(c);return -1;}
  c->due+=c->us*1000;hdn(c->hi);return 0;}
static i64 qp(const char*s,const char*k,i64 d){const char*p=strstr(s,k);return p?atoll(p+strlen(k)):d;}
static int handle(C*c){ for(;;){ if(!c->hdr){char*e=memmem(c->in,c->inl,"\r\n\r\n",4);if(!e)return 0;c->hdr=e-c->in+4;char sv=c->in[c->hdr-1];c->in[c->hdr-1]=0;char*cl=strcasestr(c->in,"\ncontent-length:");c->need=cl?atoll(cl+16):0; if(strcasestr(c->in,"\ntransfer-encoding: chunked"))c->need=-2; c->in[c->hdr-1]=sv;if(verbose>1){fprintf(stderr,"REQ %.*s",c->hdr,c->in);}}
  if(c->need==-2){char*e=memmem(c->in+c->hdr,c->inl-c->hdr,"0\r\n\r\n",5);if(!e)return 0;c->need=e+5-(c->in+c->hdr);}
  if(c->inl-c->hdr<c->need)return 0;
  char line[512];char*nl=memchr(c->in,'\n',c->hdr);int ll=nl-c->in;if(ll>511)ll=511;memcpy(line,c->in,ll);line[ll]=0;
  int st=c->need>0&&(memmem(c->in+c->hdr,c->need,"\"stream\":true",13)||memmem(c->in+c->hdr,c->need,"\"stream\": true",14));
  int idle=c->need>0&&memmem(c->in+c->hdr,c->need,"\"model\":\"idle\"",14);
  i64 tot=c->hdr+c->need;memmove(c->in,c->in+tot,c->inl-tot);c->inl-=tot;c->hdr=0;
  if(strstr(line,"/v1/sse")||(st&&strstr(line,"completions"))){c->left=qp(line,"n=",def_n);c->us=qp(line,"us=",def_us);c->die=qp(line,"die=",-1);if(idle)c->us=10000000;c->sz=qp(line,"sz=",0);if(c->sz>65000)c->sz=65000;i64 dl=qp(line,"delay=",0);i64 hd=qp(line,"hdelay=",0);c->sent=0;c->sse=1;
    const char*h="HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n";
    if(hd){usleep(hd*1000);} put(c,h,strlen(h));if(flush_(c)<0){kill_(c);return -1;}
    c->due=now()+dl*1000000+(c->us?(rand()%(c->us+1))*1000LL:0);hadd(c);return 0;}
  if(strstr(line," /health")||strstr(line," /v1/models")||strstr(line," /props")||strstr(line," /slots")){char ms[512];snprintf(ms,sizeof ms,"{\"object\":\"list\",\"data\":[{\"id\":\"%s\",\"object\":\"model\",\"owned_by\":\"llamacpp\"}]}",alias);const char*b=strstr(line,"health")?"{\"status\":\"ok\"}":strstr(line,"models")?ms:strstr(line,"slots")?"[]":"{\"total_slots\":4096}";char h[1024];int n=sprintf(h,"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",(int)strlen(b),b);put(c,h,n);if(flush_(c)<0){kill_(c);return -1;}return 0;}
  if(strstr(line,"/hang")){c->sse=1;c->left=1;return 0;}
  static char body[]="{\"id\":\"chatcmpl-0123456789abcdef\",\"object\":\"chat.completion\",\"created\":1700000000,\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hello there, how can I help you today? This is a small reply.\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":16,\"total_tokens\":26}}";
  char h[256];int n=sprintf(h,"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n",(int)sizeof body-1);put(c,h,n);put(c,body,sizeof body-1);if(flush_(c)<0){kill_(c);return -1;}
 }}
int main(int ac,char**av){int port=atoi(av[1]);verbose=ac>2?atoi(av[2]):0;for(int i=1;i+1<ac;i++){if(!strcmp(av[i],"--port")){port=atoi(av[i+1]);verbose=0;}if(!strcmp(av[i],"--alias"))alias=av[i+1];if(!strcmp(av[i],"--n"))def_n=atoll(av[i+1]);if(!strcmp(av[i],"--us"))def_us=atoll(av[i+1]);}signal(SIGPIPE,SIG_IGN);memset(pad,' ',sizeof pad);
 int s=socket(AF_INET,SOCK_STREAM|SOCK_NONBLOCK,0);int one=1;setsockopt(s,SOL_SOCKET,SO_REUSEADDR,&one,4);struct sockaddr_in a={.sin_family=AF_INET,.sin_port=htons(port),.sin_addr.s_addr=htonl(INADDR_LOOPBACK)};if(bind(s,(void*)&a,sizeof a)){perror("bind");return 1;}listen(s,8192);ep=epoll_create1(0);struct epoll_event e={.events=EPOLLIN,.data.ptr=0};epoll_ctl(ep,EPOLL_CTL_ADD,s,&e);
 static struct epoll_event ev[1024];
 for(;;){struct timespec ts,*tp=0;if(hn){i64 d=heap[0]->due-now();if(d<0)d=0;ts.tv_sec=d/1000000000;ts.tv_nsec=d%1000000000;tp=&ts;}
  int n=epoll_pwait2(ep,ev,1024,tp,0);
  for(int i=0;i<n;i++){C*c=ev[i].data.ptr;if(!c){for(;;){int f=accept4(s,0,0,SOCK_NONBLOCK);if(f<0)break;setsockopt(f,IPPROTO_TCP,TCP_NODELAY,&one,4);c=calloc(1,sizeof*c);c->fd=f;c->hi=-1;c->incap=4096;c->in=malloc(c->incap);struct epoll_event x={.events=EPOLLIN|EPOLLRDHUP,.data.ptr=c};epoll_ctl(ep,EPOLL_CTL_ADD,f,&x);}continue;}
   if(ev[i].events&(EPOLLERR|EPOLLHUP)){kill_(c);continue;}
   if(ev[i].events&EPOLLOUT){int r=flush_(c);if(r<0){kill_(c);continue;}if(r==1&&c->sse&&c->us==0&&c->hi<0){c->due=now();hadd(c);}}
   if(ev[i].events&(EPOLLIN|EPOLLRDHUP)){int dead=0;for(;;){if(c->incap-c->inl<2048){c->incap*=2;c->in=realloc(c->in,c->incap);}ssize_t r=recv(c->fd,c->in+c->inl,c->incap-c->inl,0);if(r>0){c->inl+=r;continue;}if(r==0||errno!=EAGAIN)dead=1;break;}
    if(c->inl&&!dead&&!c->sse){if(handle(c)<0)continue;}
    if(dead)kill_(c);}
  }
  i64 t=now();int k=0;while(hn&&heap[0]->due<=t&&k++<512)step(heap[0]);
 }}
