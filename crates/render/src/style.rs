//! The style sheet and the script of an output. Both are constant: no data ever goes into them.

use std::sync::LazyLock;

/// Colors of lanes on light and on dark ground, after Okabe and Ito's palette, which people with any color vision can tell
/// apart; darkened or lightened until each has a contrast of at least 3:1. The last is for "(none)" and for the folded rest.
pub(crate) const LANE_COLORS: [(&str, &str); 8] = [
    ("#0b6fb8", "#5cb3f0"),
    ("#c2510c", "#f0915a"),
    ("#00866a", "#2fc7a2"),
    ("#a8508a", "#e29cc8"),
    ("#9a6d00", "#e3b341"),
    ("#4c5fc9", "#9dabff"),
    ("#6b7d00", "#bccc4a"),
    ("#6b7480", "#a3acb8"),
];

const LIGHT: &str = "--ee-bg:var(--jp-layout-color0,var(--vscode-editor-background,#fff));\
--ee-fg:var(--jp-content-font-color1,var(--vscode-editor-foreground,#1c2128));\
--ee-mu:#5d6672;--ee-ln:#d9dee5;--ee-hd:#f3f5f8;--ee-zb:#f9fafc;--ee-hv:#eaf2fb;--ee-ac:#0b5cad;\
--ee-bad:#a3211b;--ee-badb:#fdf0ee;--ee-wa:#7a4d00;--ee-wab:#fdf6e3;--ee-inb:#eef5fc;--ee-mk:#b93a08;";

const DARK: &str = "--ee-bg:var(--jp-layout-color0,var(--vscode-editor-background,#16191d));\
--ee-fg:var(--jp-content-font-color1,var(--vscode-editor-foreground,#dfe3e8));\
--ee-mu:#98a2ae;--ee-ln:#363c45;--ee-hd:#23282f;--ee-zb:#1b1f24;--ee-hv:#1f2f42;--ee-ac:#74b4f5;\
--ee-bad:#ff9a92;--ee-badb:#3a1c1b;--ee-wa:#e9be6a;--ee-wab:#332a14;--ee-inb:#1a2a3a;--ee-mk:#ff8f5c;";

/// Everything below is scoped to `.ee`; two classes at least, to stand above the notebook's own table styles.
const RULES: &str = "\
.ee{color-scheme:light;background:var(--ee-bg);color:var(--ee-fg);font:13px/1.45 var(--jp-content-font-family,var(--vscode-font-family,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif));\
padding:2px 4px 6px;overflow-wrap:break-word}\
.ee *{box-sizing:border-box}\
.ee h3,.ee h4,.ee h5{margin:0;line-height:1.3;color:inherit;font-weight:600}\
.ee h3{font-size:18px}.ee h4{font-size:15px}.ee h5{font-size:13.5px}\
.ee p{margin:0 0 6px}\
.ee ul{margin:2px 0;padding-left:1.4em;list-style:disc}.ee li{margin:0}\
.ee a{color:var(--ee-ac)}\
.ee .m{color:var(--ee-mu)}\
.ee .hd{margin:4px 0 12px;padding-bottom:8px;border-bottom:2px solid var(--ee-ac)}\
.ee .hd .sj{color:var(--ee-ac);font-weight:600}\
.ee .hd .fc{margin-top:3px;font-size:12.5px}\
.ee .sn{margin:16px 0 4px}.ee .sn>h4,.ee .sn>h5{margin-bottom:5px}\
.ee .sn>details>summary>h4,.ee .sn>details>summary>h5{display:inline}\
.ee .tx{max-width:80em;white-space:pre-wrap}\
.ee .nt{margin:6px 0;padding:5px 10px;border-left:3px solid var(--ee-ac);background:var(--ee-inb);border-radius:0 4px 4px 0}\
.ee .nt.warn{border-color:var(--ee-wa);background:var(--ee-wab)}.ee .nt.warn>b{color:var(--ee-wa)}\
.ee .nt.bad{border-color:var(--ee-bad);background:var(--ee-badb)}.ee .nt.bad>b{color:var(--ee-bad)}\
.ee .tb,.ee .tw{margin:8px 0 12px}\
.ee .cp{margin-bottom:4px}.ee .cp b{font-weight:600}.ee .cp .m{font-size:12px}\
.ee .sc{overflow:auto;max-height:32em;border:1px solid var(--ee-ln);border-radius:5px;width:fit-content;max-width:100%}\
.ee table.t,.ee table.kv{border-collapse:separate;border-spacing:0;border:0;margin:0;font-size:12.5px;line-height:1.4;color:inherit;table-layout:auto;width:auto}\
.ee .sc>table.t{width:max-content}\
.ee .t th,.ee .t td,.ee .kv th,.ee .kv td{padding:3px 10px;border:0;vertical-align:top;text-align:left;max-width:34em;color:inherit;font-weight:400;background:none}\
.ee .t td{border-bottom:1px solid var(--ee-ln);white-space:pre-wrap}\
.ee .t tbody tr:last-child td{border-bottom:0}\
.ee .t th[align=right],.ee .t td[align=right]{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\
.ee .t .w{white-space:nowrap;font-variant-numeric:tabular-nums}\
.ee .t thead th{position:sticky;top:0;z-index:1;background:var(--ee-hd);font-weight:600;border-bottom:1px solid var(--ee-ln);white-space:nowrap;font-size:12px}\
.ee .t tbody tr{background:var(--ee-bg)}\
.ee .t tbody tr:nth-child(even){background:var(--ee-zb)}\
.ee .t tbody tr:hover{background:var(--ee-hv)}\
.ee .nl{color:var(--ee-mu);opacity:.75;font-style:italic;font-size:11.5px}\
.ee.ee code,.ee.ee pre{font-family:var(--jp-code-font-family,var(--vscode-editor-font-family,ui-monospace,Menlo,Consolas,monospace));font-size:12px;background:none;color:inherit;padding:0;margin:0;border:0}\
.ee pre{white-space:pre-wrap;max-height:26em;overflow:auto;padding:4px 0 4px 8px;border-left:2px solid var(--ee-ln);line-height:1.4}\
.ee summary{cursor:pointer;display:list-item}.ee summary:hover{color:var(--ee-ac)}\
.ee .t details{min-width:14em}.ee .t details:not([open])>summary{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}.ee details[open]>.full{max-height:26em;overflow:auto;padding-left:8px;border-left:2px solid var(--ee-ln)}\
.ee small{font-size:11.5px;color:var(--ee-mu)}\
.ee .cd{margin:6px 0;padding:8px 12px;border:1px solid var(--ee-ln);border-radius:6px;width:fit-content;max-width:100%;min-width:22em;background:var(--ee-bg)}\
.ee .cd .cd{min-width:0;margin:3px 0;padding:4px 9px}\
.ee .ti{font-size:14px}.ee .cd .cd .ti{font-size:13px}\
.ee .kd{font-size:11px;text-transform:uppercase;letter-spacing:.05em;color:var(--ee-mu);margin-right:4px}\
.ee .kv{margin-top:4px}.ee .kv>tbody>tr{background:none}\
.ee .kv>tbody>tr>th{color:var(--ee-mu);padding:2px 14px 2px 0;white-space:nowrap}\
.ee .kv>tbody>tr>td{padding:2px 0;max-width:60em}\
.ee .kv .t{border:1px solid var(--ee-ln);border-radius:4px;overflow:hidden}\
.ee .al{border-left-width:4px}.ee .al.high{border-left-color:#c4352b}.ee .al.medium{border-left-color:#c27a0e}\
.ee .al.low{border-left-color:#2f7bd0}.ee .al.info{border-left-color:#7d8894}\
.ee .sv{font-size:11px;font-weight:600;padding:1px 8px;border-radius:9px;margin-right:4px;vertical-align:1px}\
.ee .ds{margin:4px 0}.ee .en{display:flex;flex-wrap:wrap;gap:6px;margin:4px 0}\
.ee .dw[hidden]{display:block;overflow-x:auto}.ee .dw .m{font-size:12px;margin:0}.ee .pl{display:none}\
.ee .tl{display:block;width:100%;min-width:640px;max-width:1240px;height:auto}\
.ee .tl .lane>:hover{stroke:var(--ee-fg);stroke-width:1.5}\
.ee .wm{border:1px solid var(--ee-ln);border-radius:5px;touch-action:none}.ee .wm .wt{paint-order:stroke;stroke:var(--ee-bg);stroke-width:2.5px;stroke-linejoin:round;pointer-events:none}\
.ee .wm .off{display:none}.ee .wb .fl button{font:inherit;color:inherit;background:var(--ee-hd);border:1px solid var(--ee-ln);border-radius:4px;padding:0 8px;cursor:pointer}\
.ee .mk line{stroke:var(--ee-mk)}.ee .mk text{fill:var(--ee-mk)}\
.ee .td{margin-top:4px}.ee .td>table{border:1px solid var(--ee-ln);border-radius:5px;overflow:hidden;margin-top:4px}\
.ee .sp{white-space:pre;color:var(--ee-ac)}\
.ee .fl{display:inline-flex;gap:6px;margin:0 0 4px 12px;font-size:12px}\
.ee .fl input,.ee .fl select{font:inherit;color:inherit;background:var(--ee-bg);border:1px solid var(--ee-ln);border-radius:4px;padding:1px 6px;max-width:16em}\
.ee .t th.so{cursor:pointer}.ee .t th.so:hover{color:var(--ee-ac)}\
.ee .t th[aria-sort=ascending]::after{content:' ▲';font-size:9px}.ee .t th[aria-sort=descending]::after{content:' ▼';font-size:9px}";

/// The style sheet of a document.
pub(crate) fn style() -> &'static str {
    static STYLE: LazyLock<String> = LazyLock::new(|| {
        let lanes = |dark: bool| {
            let colors = LANE_COLORS.iter().enumerate();
            colors.map(|(i, (l, d))| format!("--ee-c{i}:{};", if dark { d } else { l })).collect::<String>()
        };
        let light = format!("{LIGHT}{}color-scheme:light", lanes(false));
        let dark = format!("{DARK}{}color-scheme:dark", lanes(true));
        let fills: String = (0..LANE_COLORS.len()).map(|i| format!(".ee .c{i}{{fill:var(--ee-c{i})}}")).collect();
        // A notebook's own theme is stronger than what the system prefers, in both directions.
        format!(
            "{RULES}{fills}.ee{{{light}}}@media (prefers-color-scheme:dark){{.ee{{{dark}}}}}\
             [data-jp-theme-light=true] .ee,.vscode-light .ee,html[theme=light] .ee{{{light}}}\
             [data-jp-theme-light=false] .ee,.vscode-dark .ee,.vscode-high-contrast:not(.vscode-high-contrast-light) .ee,html[theme=dark] .ee{{{dark}}}\
             @media print{{.ee .sc{{max-height:none}}}}"
        )
    });
    &STYLE
}

/// The style sheet of a drawing that stands alone.
pub(crate) fn svg_style() -> &'static str {
    static STYLE: LazyLock<String> = LazyLock::new(|| {
        let dark: String = LANE_COLORS.iter().enumerate().map(|(i, (_, d))| format!(".tl .c{i}{{fill:{d}}}")).collect();
        format!(
            ".tl{{color:#1c2128}}.tl .bg{{fill:#fff}}@media (prefers-color-scheme:dark){{.tl{{color:#dfe3e8}}.tl .bg{{fill:#16191d}}{dark}}}"
        )
    });
    &STYLE
}

/// Sorting by a click on a column's title and filtering, for tables of more than one row; zooming, moving and filtering, for maps. It reads the cells of the page and
/// holds no data itself.
pub const SCRIPT: &str = r##"(function(){
var me=document.currentScript,roots=me?[me.parentNode]:[].slice.call(document.querySelectorAll('div.ee'));
roots.forEach(function(root){[].slice.call(root.querySelectorAll('.tb')).forEach(function(box){
var table=box.querySelector('.sc>table');if(!table||table.getAttribute('data-on'))return;table.setAttribute('data-on','1');
var body=table.tBodies[0],rows=[].slice.call(body.rows);if(rows.length<2)return;
var heads=[].slice.call(table.tHead.rows[0].cells);
function text(row,i){var c=row.cells[i],d=c.querySelector('details');return d?d.lastElementChild.textContent:c.textContent}
function empty(row,i){return row.cells[i].querySelector('.nl')!==null}
function span(t){var m=/^(-?)(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(t);
return m?(m[1]?-1:1)*(((+(m[2]||0)*24+ +m[3])*60+ +m[4])*60+ +m[5]):NaN}
function sort(i){var h=heads[i],down=h.getAttribute('aria-sort')==='ascending',k=h.getAttribute('data-k');
heads.forEach(function(o){o.removeAttribute('aria-sort')});h.setAttribute('aria-sort',down?'descending':'ascending');
rows.map(function(r,n){var t=text(r,i);return{r:r,n:n,e:empty(r,i),v:k==='n'?parseFloat(t):k==='s'?span(t):t}})
.sort(function(a,b){if(a.e!==b.e)return a.e?1:-1;var x=a.v<b.v?-1:a.v>b.v?1:a.n-b.n;return down?-x:x})
.forEach(function(o){body.appendChild(o.r)})}
heads.forEach(function(h,i){h.classList.add('so');h.tabIndex=0;h.addEventListener('click',function(){sort(i)});
h.addEventListener('keydown',function(e){if(e.key==='Enter'||e.key===' '){e.preventDefault();sort(i)}})});
if(rows.length<6)return;
var bar=document.createElement('span'),input=document.createElement('input'),pick=document.createElement('select');
bar.className='fl';bar.setAttribute('data-lm-suppress-shortcuts','true');input.type='search';input.placeholder='filter these rows';input.setAttribute('aria-label','filter these rows');
pick.setAttribute('aria-label','column to filter');pick.add(new Option('any column','-1'));
heads.forEach(function(h,i){pick.add(new Option(h.textContent,String(i)))});
function filter(){var want=input.value.toLowerCase(),i=+pick.value;rows.forEach(function(r){
var t=i<0?r.textContent:text(r,i);r.hidden=want!==''&&t.toLowerCase().indexOf(want)<0})}
input.addEventListener('input',filter);pick.addEventListener('change',filter);
['keydown','keypress','keyup'].forEach(function(n){input.addEventListener(n,function(e){e.stopPropagation()})});
bar.appendChild(input);bar.appendChild(pick);box.querySelector('.cp').appendChild(bar)});
[].slice.call(root.querySelectorAll('.wb')).forEach(function(box){
var svg=box.querySelector('.wm');if(!svg||svg.getAttribute('data-on'))return;svg.setAttribute('data-on','1');
var full=svg.getAttribute('viewBox').split(' ').map(Number),view=full.slice(),
dots=[].slice.call(svg.querySelectorAll('circle')).map(function(c){return{c:c,r:+c.getAttribute('r'),t:c.textContent.toLowerCase()}}),
names=[].slice.call(svg.querySelectorAll('.wt text'));
function show(){view[0]=Math.max(full[0],Math.min(view[0],full[0]+full[2]-view[2]));view[1]=Math.max(full[1],Math.min(view[1],full[1]+full[3]-view[3]));
var k=view[2]/full[2];svg.setAttribute('viewBox',view.join(' '));
dots.forEach(function(d){d.c.setAttribute('r',d.r*k)});names.forEach(function(n){n.setAttribute('font-size',11*k);n.style.strokeWidth=2.5*k+'px'})}
function zoom(by,x,y){var w=Math.max(full[2]/40,Math.min(full[2],view[2]*by)),k=w/view[2];
view=[x-(x-view[0])*k,y-(y-view[1])*k,w,view[3]*k];show()}
function point(e){var b=svg.getBoundingClientRect();return[view[0]+(e.clientX-b.left)/b.width*view[2],view[1]+(e.clientY-b.top)/b.height*view[3]]}
function button(label,does,act){var b=document.createElement('button');b.type='button';b.textContent=label;b.title=does;b.addEventListener('click',act);bar.appendChild(b)}
function middle(){return[view[0]+view[2]/2,view[1]+view[3]/2]}
var bar=document.createElement('span'),input=document.createElement('input');
bar.className='fl';bar.setAttribute('data-lm-suppress-shortcuts','true');input.type='search';input.placeholder='filter places and addresses';
input.setAttribute('aria-label','filter places and addresses');
input.addEventListener('input',function(){var want=input.value.toLowerCase();dots.forEach(function(d){d.c.setAttribute('class',d.t.indexOf(want)<0?'off':'')});
names.forEach(function(n){n.setAttribute('class',want===''?'':'off')})});
['keydown','keypress','keyup'].forEach(function(n){input.addEventListener(n,function(e){e.stopPropagation()})});
bar.appendChild(input);button('+','zoom in',function(){zoom(.6,middle()[0],middle()[1])});button('\u2212','zoom out',function(){zoom(1/.6,middle()[0],middle()[1])});
button('all','show the whole map',function(){view=full.slice();show()});
svg.addEventListener('wheel',function(e){if(!e.ctrlKey&&!e.metaKey&&view[2]===full[2]&&e.deltaY>0)return;e.preventDefault();var p=point(e);zoom(e.deltaY<0?.8:1.25,p[0],p[1])},{passive:false});
var from=null;svg.addEventListener('pointerdown',function(e){from=point(e)});
svg.addEventListener('pointermove',function(e){if(!from||!e.buttons)return;var p=point(e);view[0]+=from[0]-p[0];view[1]+=from[1]-p[1];show()});
box.querySelector('.cp').appendChild(bar)})})})();"##;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_scoped() {
        let flat = style().replace("@media (prefers-color-scheme:dark){", "").replace("@media print{", "");
        for rule in flat.split('}').filter(|rule| rule.contains('{')) {
            for selector in rule.split('{').next().unwrap_or("").split(',') {
                assert!(selector.contains(".ee"), "{selector:?} would style the notebook");
            }
        }
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere_and_nothing_ends_early() {
        for text in [style(), svg_style(), SCRIPT] {
            assert!(
                !text.contains("url(") && !text.contains("@import") && !text.contains("//") && !text.contains("</")
            );
            assert!(!text.contains("innerHTML") && !text.contains("eval"));
        }
    }
}
